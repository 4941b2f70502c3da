"""Texts: versions are kept, final is what the superior approved."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from catalog.models import FinalText, Product, TextVersion
from catalog.selectors.content import final_text, texts_of
from catalog.services.content import ask_text, digest_of, write_text
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.catalog.asking import agree
from tests.catalog.shelf import MINUTE, NOW, product
from tests.people import person


def write(of: Product, body: str = "全布可拆洗，三人位。") -> TextVersion:
    return write_text(
        product_id=of.pk,
        title="北欧布艺沙发",
        points="可拆洗\n三年质保",
        body=body,
        by=person("tang_writer"),
        now=NOW,
    )


def ask(of: Product, who: str = "tang_writer") -> Run:
    return ask_text(product_id=of.pk, by=person(who), now=NOW)


def test_a_text_is_final_once_the_superior_approved_it(site: None) -> None:
    made = product()
    version = write(made)
    run = ask(made)
    assert final_text(made.pk) is None
    assert agree(run).state == "executed"
    found = final_text(made.pk)
    assert found is not None
    assert (found.text, found.run_id, found.sha256) == (version, run.pk, digest_of(version))


@pytest.mark.clause("J4")
def test_in_the_mall_the_planner_approves(mall: None) -> None:
    made = product()
    write(made)
    run = ask(made)
    assert run.clause == "J4"
    with pytest.raises(Forbidden):
        agree(run, "chen_manager")
    assert agree(run, "he_planner").state == "executed"


@pytest.mark.parametrize("who", ["ma_product", "lin_editor", "chen_manager"])
def test_only_copywriter_and_designer_ask(site: None, who: str) -> None:
    made = product()
    write(made)
    with pytest.raises(Forbidden):
        ask(made, who)


def test_every_version_is_kept(site: None) -> None:
    made = product()
    first, second = write(made), write(made, "改了一句。")
    assert [each.number for each in texts_of(made.pk)] == [2, 1]
    assert write(made, "改了一句。") == second
    assert TextVersion.objects.get(pk=first.pk).body == "全布可拆洗，三人位。"


def test_a_new_version_voids_the_request_about_the_old(site: None) -> None:
    made = product()
    write(made)
    run = ask(made)
    write(made, "改了一句。")
    assert Run.objects.get(pk=run.pk).state == "voided"
    assert agree(ask(made)).state == "executed"


def test_a_returned_text_is_written_anew_and_asked_again(site: None) -> None:
    made = product()
    write(made)
    run = ask(made)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="太长")
    run = Run.objects.get(pk=run.pk)
    run = ask_text(product_id=made.pk, by=person("tang_writer"), now=NOW + MINUTE, again=run)
    assert run.state == "running"


def test_what_is_final_is_not_asked_for_again(site: None) -> None:
    made = product()
    write(made)
    agree(ask(made))
    with pytest.raises(Conflict):
        ask(made)


def test_there_must_be_a_text(site: None) -> None:
    with pytest.raises(NotFound):
        ask(product())
    with pytest.raises(NotFound):
        write_text(product_id=1, title="x", points="", body="x", by=person("tang_writer"), now=NOW)


@pytest.mark.parametrize(
    ("title", "points", "body", "path"),
    [("", "", "x", "title"), ("x", "p" * 501, "x", "points"), ("x", "", " ", "body"), ("x", "", "a\0b", "body"),
     ("x", "", "b" * 10_001, "body")],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_beside_its_field(
    site: None, title: str, points: str, body: str, path: str
) -> None:
    with pytest.raises(Invalid) as refused:
        write_text(
            product_id=product().pk, title=title, points=points, body=body, by=person("tang_writer"), now=NOW
        )
    assert [error["path"] for error in refused.value.errors] == [path]


def test_the_database_refuses_a_final_text_that_nobody_approved(site: None) -> None:
    made, other = product(), product("茶几")
    version = write(made)
    run = ask(made)
    good = {"product": made, "text": version, "sha256": digest_of(version), "at": NOW}
    for change in ({"run": None}, {"run": run}, {"run": run, "product": other}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FinalText.objects.create(**{**good, **change})
