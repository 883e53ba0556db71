"""The pathways of care by name, without anything that is slow to import."""

PATHWAYS = (
    "msk",
    "cardiac",
    "stroke",
    "diabetes",
    "respiratory",
    "cancer",
    "mental_health",
    "dementia",
    "frailty",
    "end_of_life",
    "substance_misuse",
    "other_planned",
    "urgent",
)
