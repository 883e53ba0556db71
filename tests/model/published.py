"""Tiny files in the published formats, from which tests build places."""

from pathlib import Path

import numpy as np

from model.places.columns import AGE_SEX_COLUMNS
from model.population.conditions import prevalence_at

AGES = ["0-4", "5-14", "15-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"]
PUBLISHED_AGES = [f"{sex} {age}" for age in AGES for sex in ("Male", "Female")]
CHOICES = (
    "OrganisationID¬OrganisationCode¬OrganisationType¬SubType¬Sector¬OrganisationStatus"
    "¬IsPimsManaged¬OrganisationName¬Postcode¬Latitude¬Longitude¬ParentODSCode¬ParentName"
)


def rows(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def practice_rows() -> list[str]:
    ages = ",".join(["100"] * 18)
    return [
        f"A00001,HIGH ST SURGERY,01A,400000,300000,1800,{ages},40.5,,Urban,PMS,E1",
        f"A00002,VALE SURGERY,01A,404000,300000,1800,{ages},,10.5,,,E3",
        f"A00003,FAR SURGERY,01B,450000,300000,1800,{ages},20.0,,Rural,UNKNOWN,E4",
    ]


def joined_files() -> dict[str, str]:
    columns = ",".join(AGE_SEX_COLUMNS)
    return {
        "a.csv": rows(
            f"practice_code,name,ccg_code,easting,northing,list_size,{columns},"
            "imd2019_score_registered,imd2015_score_at_postcode,rurality_2017,contract_2017,lsoa11",
            *practice_rows(),
        ),
        "b.csv": rows(
            "lsoa11cd,lsoa11nm,msoa11cd,lad21cd,ccg13,easting,northing,pop_2015,imd2015_score,ruc11",
            "E1,Leigh 001A,M1,E06000001,01A,400000,300000,1500,40,Urban",
            "E2,Leigh 001B,M1,E06000001,01A,402000,300000,500,20,Urban",
            "E3,Leigh 002A,M2,E07000026,01A,404000,300000,1600,10,Rural",
            "E4,Dene 001A,M3,E06000002,01B,450000,300000,1800,9,Rural",
        ),
        "c.csv": rows(
            "trust_code,name,type_2014,type_2017,kh03_2014q2_beds_avail_total,kh03_beds_2014,"
            "kh03_beds_2016,easting,northing,ae_type1_attendances_2016_17",
            "RAA,LEIGH NHS TRUST,Acute,Acute,500,500,480,401000,300000,90000",
            "RBB,Dene NHS Trust,Acute,,400,400,,450000,300500,",
            "RCC,Merged NHS Trust,,Acute,,,900,430000,300000,150000",
            "RMM,Minds NHS Trust,MentalHealth,Mental Health,200,200,190,401000,301000,",
            "RKK,Home NHS Trust,Health and Care,Community Provider Trust,50,50,50,402000,300000,",
            "RZZ,Ambulance NHS Trust,Ambulance,Ambulance,,,,420000,300000,",
        ),
        "d.csv": rows(
            "site_code,site_name,site_type,trust_code,easting,northing,beds_est_2016",
            "RAA01,LEIGH GENERAL,1. General acute hospital,RAA,401000,300000,400",
            "RAA02,LEIGH COLD SITE,1. General acute hospital,RAA,403000,300000,100",
            "RCC01,DENE GENERAL,1. General acute hospital,RCC,450000,300500,450",
            "RMM01,WARDS,4. Mental Health (including Specialist services),RMM,401000,301000,190",
        ),
        "e.csv": rows(
            "ccg_code,name,n_practices_2014q4", "01A,NHS Leigh,2", '01B,"NHS Dene, and Fell",1'
        ),
        "f.csv": rows(
            CHOICES.replace("¬", ","),
            "1,NT001,Hospital,Hospital,Independent Sector,Visible,True,The Clinic,AA1 1AA,"
            "52.5972,-1.9994,NT0,Clinics Ltd",
            "2,NT902,Hospital,Hospital,Independent Sector,Visible,True,The Priory,AA1 1AA,"
            "52.5972,-1.9994,NT9,Priory Group",
        ),
        "g.csv": rows(
            "practice_code,list_size," + ",".join(f"reg_{code}" for code in REGISTERS),
            "A00001,2000," + ",".join(["200"] * 12),
            "A00002,2000," + ",".join(["100"] * 12),
        ),
        "h.csv": rows(
            "ccg_code,group_code,register_2014_15,denominator",
            "01A,AF,30,4000",
            "01A,HYP,600,4000",
            "01A,DM,300,3200",
        ),
    }


REGISTERS = ["HYP", "CHD", "HF", "STIA", "DM", "COPD", "AST", "CAN", "DEP", "MH", "DEM", "CKD"]


def write(folder: Path, files: dict[str, str], encoding: str = "utf-8") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding=encoding)
    return folder


def codes_row(first: str, name: str, postcode: str) -> str:
    return ",".join([first, name, *[""] * 7, postcode, *[""] * 17])


def official_files() -> dict[str, str]:
    ages = ",".join(["100"] * 18)
    header = "PCO Name,PCO Code,Practice Name,Practice Code," + ",".join(PUBLISHED_AGES)
    choices = CHOICES.replace("¬Sector", "").replace("¬ParentODSCode¬ParentName", "")
    return {
        "lists.csv": rows(
            header,
            f"LEIGH,01A00,HIGH ST SURGERY,A00001,{ages}",
            f"LEIGH,01A00,VALE SURGERY,A00002,{ages}",
            f"PRISON,NI300,UNIT,Y00001,{ages}",
        ),
        "prac.csv": rows(
            codes_row("A00001", "HIGH ST SURGERY", "AA1 1AA"),
            codes_row("A00002", "VALE SURGERY", "AB9 9ZZ"),
        ),
        "ccg.csv": rows(codes_row("01A", "NHS LEIGH CCG", "AA1 1AA")),
        "hosp.csv": rows(
            CHOICES,
            "1¬RAA01¬Hospital¬Hospital¬NHS Sector¬Visible¬True¬Leigh General¬AA1 1AA¬52.5972"
            "¬-1.9994¬RAA¬Leigh NHS Trust",
            "2¬NT001¬Hospital¬Hospital¬Independent Sector¬Visible¬True¬Clinic¬AA1 2AA¬52.60"
            "¬-1.99¬NT0¬Clinics Ltd",
        ),
        "trust.csv": rows(
            choices,
            "1¬RAA¬Trust¬Acute¬Visible¬True¬LEIGH NHS TRUST¬AA1 1AA¬52.5972¬-1.9994",
            "2¬RMM¬Trust¬MentalHealth¬Visible¬True¬Minds NHS Trust¬AA1 1AB¬52.60¬-2.0",
        ),
        "etrust.csv": rows(
            "organisation_code,name,national_grouping,postcode,open_date,close_date",
            "RAA01,LEIGH GENERAL,Y54,AA1 1AA,20110101",
            "RMM01,WARDS,Y54,AA1 1AB,20110101,",
        ),
        "eric.csv": rows(
            "$".join(["heading"] * 6),
            "Organisation Code$Organisation Type$Site Code$Site Name$Site Type"
            "$Inpatient main meals requested (No.)",
            "RAA$ACUTE - SMALL$RAA01$LEIGH GENERAL$1. General acute hospital$400,000",
            "RMM$MENTAL HEALTH$RMM01$WARDS$4. Mental Health$Not Applicable",
        ),
        "map.kml": f"<kml>{placemark('01A', '-2.0,52.6,0 -1.9,52.7,0')}"
        f"{placemark('01B', '-.243032,51.5,0 .156968,51.6,0')}</kml>",
    }


def placemark(code: str, corners: str) -> str:
    """A boundary in the published format; degrees below one have no digit before the point."""
    shape = f"<Polygon><coordinates>\n {corners}\n</coordinates></Polygon>"
    return f"<Placemark><name><![CDATA[{code}]]></name>{shape}</Placemark>"


def write_official(folder: Path) -> Path:
    """A folder of files as published, for one commissioner."""
    write(folder, official_files(), "cp1252")
    workbook(folder / "beds.xlsx", "NHS Trust by Sector", bed_cells())
    return folder


def bed_cells() -> list[list]:
    beds = [["Title:", "Beds"], [""], ["", "Org Code", "Total ", "Mental Illness", "Total "]]
    beds += [["", "", 1, 1, 1], ["", "RAA", 500.5, 0.0, 400.0], ["", "RMM", 200.0, 200.0, 180.0]]
    return beds


def workbook(path: Path, sheet: str, cells: list[list]) -> None:
    """A minimal .xlsx with one sheet."""
    workbook_of(path, {sheet: cells})


def workbook_of(path: Path, sheets: dict[str, list[list]]) -> None:
    """A minimal .xlsx (Office Open XML) with sheets of inline strings and numbers."""
    import zipfile
    from xml.sax.saxutils import escape

    def cell(value) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    numbered = list(enumerate(sheets, start=1))
    links = "".join(f'<Relationship Id="r{i}" Type="{rel}/worksheet"'
                    f' Target="worksheets/sheet{i}.xml"/>' for i, _ in numbered)  # fmt: skip
    names = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in numbered)
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>{names}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{links}</Relationships>',
    }
    for i, name in numbered:
        body = "".join(f"<row>{''.join(cell(v) for v in row)}</row>" for row in sheets[name])
        parts[f"xl/worksheets/sheet{i}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


def expected_prevalence(density, quintile_shares, tables):
    """Share of the people of each place who have each condition [place, 13], no register shift."""
    by_age = prevalence_at(density, quintile_shares, tables)
    return np.einsum("pa,pac->pc", density.sum(axis=2), by_age)
