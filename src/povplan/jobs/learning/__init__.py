"""Last year's forms → what a new workspace should know of them: headers, units, the profile."""

from povplan.jobs.learning.county import CountySeen, Unit, survey, units_csv
from povplan.jobs.learning.decisions import Decision, Kind, where
from povplan.jobs.learning.headings import Heading, Target, target
from povplan.jobs.learning.seeing import Seen, see
from povplan.jobs.learning.studying import SOURCE
from povplan.jobs.learning.wide import label_of, stage_said
from povplan.jobs.learning.writing import written

__all__ = [
    "SOURCE",
    "CountySeen",
    "Decision",
    "Heading",
    "Kind",
    "Seen",
    "Target",
    "Unit",
    "label_of",
    "see",
    "stage_said",
    "survey",
    "target",
    "units_csv",
    "where",
    "written",
]
