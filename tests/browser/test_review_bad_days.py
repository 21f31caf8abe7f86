"""What goes wrong in the middle of reviewing: server, session, clock, network, a second tab, a pick that goes. No decision may be lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from labeling.models import Decision, Flag, Pick, Workspace
from labeling.services.catalogs import withdraw_catalog
from tests import factories
from tests.browser.review_screen import eventually, expect_saved, expect_station, fresh


def stored() -> list[tuple[str, int]]:
    """Kind and pick of each decision, in the order in which they were stored."""
    return list(Decision.objects.order_by("id").values_list("kind", "pick"))


def come_back(page: Page) -> None:
    """What the browser tells a tab that is looked at again."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def sign_in(page: Page, username: str) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_server_that_goes_in_the_middle_of_a_decision_stores_each_one_once_and_in_order(page: Page, flags: list[Flag]) -> None:
    def store_and_fall_silent(route: Route) -> None:
        if route.request.post_data_json["pick"] == flags[0].pick.pk:
            route.fetch()  # the server has it, and dies before it can say so
        route.abort()

    page.route("**/decisions/", store_and_fall_silent)
    page.keyboard.press("a")
    expect_station(page, "LTC")
    page.keyboard.press("r")
    expect_station(page, "MCV")
    page.keyboard.press("u")
    expect_station(page, "LTC")
    page.keyboard.press("x")
    expect_station(page, "MCV")
    expect(page.locator("[data-part=saved]")).to_contain_text("can't be reached. 4 decisions kept here")
    page.unroute_all(behavior="ignoreErrors")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect_saved(page)
    first, second = flags[0].pick.pk, flags[1].pick.pk
    assert stored() == [("accept", first), ("reject", second), ("undo", second), ("remove", second)]


def test_offline_and_online_again_no_decision_is_lost(page: Page, flags: list[Flag]) -> None:
    expect(page.locator("[data-part=ready]")).to_contain_text("next waveform ready")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    for station in ("LTC", "MCV", "NEG"):
        page.keyboard.press("r")
        expect_station(page, station)
    expect(page.locator("[data-part=saved]")).to_contain_text("3 decisions kept here")
    page.context.set_offline(False)
    expect_saved(page)
    assert stored() == [("reject", flag.pick.pk) for flag in flags[:3]]


def test_leaving_with_decisions_that_were_not_sent_is_asked_about(page: Page) -> None:
    page.route("**/decisions/", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("[data-part=saved]")).to_contain_text("kept here")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]


def test_a_session_that_has_ended_keeps_the_decision_and_signing_in_sends_it(page: Page, flags: list[Flag]) -> None:
    Session.objects.all().delete()
    page.keyboard.press("a")
    expect(page.locator("[data-part=saved]")).to_contain_text("You are signed out. 1 decision kept here")
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "ana")
    expect_station(page, "LTC")
    expect_saved(page)
    assert stored() == [("accept", flags[0].pick.pk)]


def test_a_session_that_ends_before_a_batch_is_accepted_says_so_and_after_signing_in_it_is_taken_once(
    page: Page, flags: list[Flag], live_server: Any
) -> None:
    page.keyboard.press("Shift+A")
    page.locator("[data-part=bulk_p]").fill("0.6")
    page.locator("[data-part=bulk_shift]").fill("1")
    accept = page.get_by_role("button", name="Accept 3")
    expect(accept).to_be_enabled()
    Session.objects.all().delete()
    accept.click()
    expect(page.locator("[data-part=bulk_words]")).to_contain_text("Not accepted: ")
    expect(page.locator("[data-part=bulk_words]")).to_contain_text("Pressed again, it is taken once.")
    expect(page.locator("[data-part=sign_in]")).to_be_attached()
    assert stored() == []
    other = page.context.new_page()
    other.goto(live_server.url)
    sign_in(other, "ana")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    accept.click()
    expect(page.locator("#toasts")).to_contain_text("3 accepted.")
    assert sorted(stored()) == sorted(("accept", flag.pick.pk) for flag in flags if flag.kind == "timing")


def test_a_session_that_ends_before_a_batch_is_undone_leaves_it_to_be_undone(page: Page, flags: list[Flag], live_server: Any) -> None:
    page.keyboard.press("Shift+A")
    page.locator("[data-part=bulk_p]").fill("0.6")
    page.locator("[data-part=bulk_shift]").fill("1")
    page.get_by_role("button", name="Accept 3").click()
    expect(page.locator("#toasts")).to_contain_text("3 accepted.")
    Session.objects.all().delete()
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("The batch was not taken back: ")
    other = page.context.new_page()
    other.goto(live_server.url)
    sign_in(other, "ana")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("3 taken back")
    assert {fresh(flag).state for flag in flags} == {"open"}


def test_signing_in_in_another_tab_sends_what_this_one_kept(page: Page, flags: list[Flag], live_server: Any) -> None:
    Session.objects.all().delete()
    page.keyboard.press("x")
    expect(page.locator("[data-part=saved]")).to_contain_text("You are signed out")
    other = page.context.new_page()
    other.goto(live_server.url)
    sign_in(other, "ana")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    come_back(page)
    expect_saved(page)
    assert stored() == [("remove", flags[0].pick.pk)]


def test_a_decision_is_never_stored_in_the_name_of_whoever_signed_in_since(
    page: Page, flags: list[Flag], workspace: Workspace, live_server: Any
) -> None:
    factories.make_analyst(workspace, "ben")
    Session.objects.all().delete()
    page.keyboard.press("a")
    expect(page.locator("[data-part=saved]")).to_contain_text("You are signed out")
    other = page.context.new_page()
    other.goto(live_server.url)
    sign_in(other, "ben")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    come_back(page)
    page.wait_for_timeout(500)
    expect(page.locator("[data-part=saved]")).to_contain_text("1 decision kept here")
    assert stored() == []
    other.context.clear_cookies()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "ana")
    expect_saved(page)
    assert [decision.analyst.get_username() for decision in Decision.objects.all()] == ["ana"]


def test_two_tabs_of_one_analyst_lose_nothing_and_store_nothing_twice(page: Page, flags: list[Flag]) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    expect_station(other, "FUM")
    page.keyboard.press("a")
    expect_station(page, "LTC")
    other.keyboard.press("n")
    expect_station(other, "LTC")
    other.keyboard.press("x")
    expect_saved(page)
    expect_saved(other)
    assert fresh(flags[0].pick).time == flags[0].proposed_time
    assert fresh(flags[1].pick).is_removed
    assert sorted(kind for kind, _ in stored() if kind != "skip") == ["accept", "remove"]


def test_two_tabs_that_were_offline_together_send_each_decision_once(page: Page, flags: list[Flag]) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        expect_station(tab, "FUM")
        expect(tab.locator("[data-part=ready]")).to_contain_text("next waveform ready")
    page.context.set_offline(True)
    page.keyboard.press("r")
    other.locator(".queue-row", has_text="LTC").click()
    expect_station(other, "LTC")
    other.keyboard.press("x")
    page.context.set_offline(False)
    eventually(lambda: len(stored()) == 2)
    for tab in (page, other):
        come_back(tab)
    page.wait_for_timeout(500)
    assert sorted(stored()) == [("reject", flags[0].pick.pk), ("remove", flags[1].pick.pk)]


@pytest.mark.parametrize("hours", [-7, 9])
def test_a_browser_whose_clock_is_hours_wrong_decides_as_any_other(
    open_page: Any, analyst: User, workspace: Workspace, flags: list[Flag], hours: int
) -> None:
    page = open_page(analyst, f"/w/{workspace.slug}/")
    page.clock.install(time=timezone.now() + timedelta(hours=hours))
    page.goto(page.url + "review/")
    expect_station(page, "FUM")
    for key, station in (("a", "LTC"), ("r", "MCV"), ("u", "LTC")):
        page.keyboard.press(key)
        page.clock.run_for(500)
        expect_station(page, station)
    expect_saved(page)
    assert [kind for kind, _ in stored()] == ["accept", "reject", "undo"]
    assert all(abs(timezone.now() - decision.made_at) < timedelta(minutes=5) for decision in Decision.objects.all())


def test_a_pick_whose_catalog_was_withdrawn_meanwhile_says_so_and_the_review_goes_on(
    page: Page, flags: list[Flag], workspace: Workspace
) -> None:
    withdraw_catalog(catalog=flags[0].pick.catalog, by=factories.make_admin(workspace, "ada"))
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("was withdrawn")
    expect(page.locator(".queue-row[data-taken=failed]")).to_contain_text("not saved")
    assert stored() == []
    page.reload()
    expect(page.locator("[data-part=empty]")).to_be_visible()


def test_a_pick_that_was_deleted_meanwhile_is_said_and_passed(page: Page, flags: list[Flag], workspace: Workspace) -> None:
    expect(page.locator("[data-part=ready]")).to_contain_text("next waveform ready")
    page.wait_for_load_state("networkidle")
    Pick.objects.filter(pk__in=[flags[0].pick.pk, flags[3].pick.pk]).delete()
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("no such pick")
    page.reload()
    expect_station(page, "LTC")
    page.keyboard.press("r")
    expect_saved(page)
    assert stored() == [("reject", flags[1].pick.pk)]
