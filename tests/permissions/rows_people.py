"""Who may open what of coming and leaving (see table.py)."""

from __future__ import annotations

from tests.permissions.table import EVERYBODY, HR, MANAGER, SUPERVISOR, Row, get, post

HIRING = MANAGER | HR
LEAVINGS = MANAGER | HR | SUPERVISOR | frozenset({"zhou_general"})

ROWS: tuple[Row, ...] = (
    get("attendance:resign", EVERYBODY),
    get("attendance:leavings", LEAVINGS),
    # What concerns somebody else does not exist: 404.
    get("attendance:leaving", EVERYBODY, pk="'987654"),
    post("attendance:name_successor", EVERYBODY, pk="'987654"),
    post("attendance:leaving_look", EVERYBODY, pk="'987654"),
    post("attendance:leaving_call_off", HR, pk="'987654"),
    post("attendance:handover_item", EVERYBODY, pk="'987654", key="'take"),
    get("attendance:headcount", HIRING),
    get("attendance:vacancies", HIRING),
    get("attendance:vacancy_new", MANAGER),
    get("attendance:vacancy", EVERYBODY, pk="'987654"),
    post("attendance:vacancy_act", EVERYBODY, pk="'987654", key="'add"),
    get("attendance:vacancy_change", HIRING, pk="'987654"),
    get("attendance:candidates", HIRING),
    get("attendance:candidate", EVERYBODY, pk="'987654"),
    post("attendance:candidate_act", EVERYBODY, pk="'987654", key="'note"),
    get("attendance:papers", HIRING),
    post("attendance:paper_retire", HIRING, pk="'987654"),
    get("attendance:exams", EVERYBODY),
    get("attendance:exam", EVERYBODY, pk="'987654"),
    post("attendance:exam_act", EVERYBODY, pk="'987654", key="'score"),
    get("attendance:exam_file", EVERYBODY, pk="'987654"),
    get("attendance:my_career", EVERYBODY),
    get("attendance:probations", HIRING),
    get("attendance:change_whose", HIRING),
    get("attendance:change_post", HIRING, pk="'987654"),
    get("attendance:kpi_list", MANAGER),
    get("attendance:kpi_new", MANAGER),
    get("attendance:kpis", EVERYBODY, pk="'987654"),
    post("attendance:kpi_publish", MANAGER, pk="'987654"),
    get("attendance:reviews", EVERYBODY),
    get("attendance:review", EVERYBODY, pk="'987654"),
    post("attendance:review_act", EVERYBODY, pk="'987654", key="'close"),
)
