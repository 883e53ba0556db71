"""Who treats whom: routes through teams, choice, flows, links, and the month of patients."""
