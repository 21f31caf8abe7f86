"""Two people at once, and many picks at once, in a real browser."""

from __future__ import annotations

import uuid

from playwright.sync_api import expect

from labeling.models import Decision, ReviewLease
from labeling.services.review import decide
from tests.browser.review_screen import eventually, expect_saved, expect_station, fresh


def test_many_are_accepted_after_a_look_and_taken_back_by_one_key(page, flags):
    page.keyboard.press("Shift+A")
    page.locator("[data-part=bulk_p]").fill("0.6")
    page.locator("[data-part=bulk_shift]").fill("1")
    expect(page.locator("[data-part=bulk_words]")).to_contain_text("3 proposals: shifts −0.62")
    expect(page.locator("[data-part=bulk_sample] canvas")).to_have_count(3)
    page.get_by_role("button", name="Accept 3").click()
    expect_station(page, "MCV")  # said to be no arrival: no timing proposal
    assert [fresh(flag).state for flag in flags] == ["decided", "decided", "open", "decided"]
    expect(page.locator("#toasts")).to_contain_text("3 accepted. U takes them back.")
    page.keyboard.press("u")
    expect(page.locator("#toasts .toast p")).to_have_text(["Undone: batch. 3 taken back."])
    expect_station(page, "FUM")
    assert [fresh(flag.pick).time for flag in flags] == [flag.label_time for flag in flags]


def test_a_batch_that_did_not_get_through_is_still_there_to_be_taken_back(page, flags):
    page.keyboard.press("Shift+A")
    page.locator("[data-part=bulk_p]").fill("0.6")
    page.locator("[data-part=bulk_shift]").fill("1")
    page.get_by_role("button", name="Accept 3").click()
    expect_station(page, "MCV")
    page.route("**/batches/", lambda route: route.abort())
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("The batch was not taken back: The server can't be reached.")
    page.unroute("**/batches/")
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("3 taken back")
    expect(page.locator("#toasts")).not_to_contain_text("was not taken back")
    assert {fresh(flag).state for flag in flags} == {"open"}


def test_a_batch_goes_in_the_name_of_whom_the_page_is_for(page, flags):
    sent = []

    def as_another(route):
        sent.append(route.request.post_data_json)
        route.fulfill(status=401, json={"code": "signed_in_as_another", "message": "Signed in as ben by now.", "fields": {}})

    page.route("**/batches/", as_another)
    page.keyboard.press("Shift+A")
    page.locator("[data-part=bulk_p]").fill("0.6")
    page.locator("[data-part=bulk_shift]").fill("1")
    page.get_by_role("button", name="Accept 3").click()
    expect(page.locator("[data-part=bulk_words]")).to_contain_text("Not accepted: Signed in as ben by now.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert [body["analyst"] for body in sent] == ["ana"]


def test_two_analysts_are_given_different_picks_and_see_each_others_progress(page, open_page, workspace, flags, second_analyst):
    eventually(lambda: ReviewLease.objects.filter(flag=flags[0]).exists())
    ReviewLease.objects.exclude(flag=flags[0]).delete()  # else all four are open here or fetched ahead
    other = open_page(second_analyst, f"/w/{workspace.slug}/review/")
    expect_station(other, "LTC")
    page.keyboard.press("a")
    expect_saved(page)
    other.keyboard.press("r")
    expect_saved(other)
    expect(other.locator("[data-part=today]")).to_have_text("1 decided today, 2 by everybody")
    expect(other.locator("[data-part=done]")).to_have_text("2 of 4 flags")
    assert not Decision.objects.filter(is_conflicting=True).exists()


def test_a_pick_that_somebody_else_has_open_says_so(page, open_page, workspace, flags, second_analyst):
    eventually(lambda: ReviewLease.objects.filter(flag=flags[0]).exists())
    other = open_page(second_analyst, f"/w/{workspace.slug}/review/?state=all")
    expect(other.locator("[data-part=held]")).to_contain_text("ana has this pick open, too")
    expect(other.locator(".queue-row").first).to_contain_text("open with ana")


def test_going_past_a_pick_that_somebody_else_has_open_does_not_skip_it(page, open_page, workspace, flags, second_analyst):
    eventually(lambda: ReviewLease.objects.filter(flag=flags[0]).exists())
    ReviewLease.objects.exclude(flag=flags[0]).delete()  # else all four are open here or fetched ahead
    other = open_page(second_analyst, f"/w/{workspace.slug}/review/?state=all")
    expect(other.locator("[data-part=held]")).to_contain_text("ana has this pick open, too")
    other.keyboard.press("n")
    expect_station(other, "LTC")
    other.keyboard.press("r")
    eventually(lambda: Decision.objects.exists())
    assert [one.kind for one in Decision.objects.all()] == ["reject"]
    assert fresh(flags[0]).state == "open"


def test_leaving_the_page_gives_its_picks_back(page, flags):
    eventually(ReviewLease.objects.exists)
    page.goto("about:blank")
    eventually(lambda: not ReviewLease.objects.exists())


def test_closing_one_of_two_tabs_frees_nothing_of_the_other(page, flags):
    eventually(ReviewLease.objects.exists)
    second = page.context.new_page()
    second.goto(page.url)
    expect_station(second, "FUM")
    with second.expect_response("**/review/leases/"):
        second.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert set(ReviewLease.objects.values_list("flag", flat=True)) == {flag.pk for flag in flags}


def second_tab(page):
    second = page.context.new_page()
    second.goto(page.url)
    expect_station(second, "FUM")
    return second


def test_what_two_tabs_have_open_stays_so_when_the_first_is_closed(page, flags):
    eventually(ReviewLease.objects.exists)
    second = second_tab(page)
    with second.expect_response("**/review/leases/"):
        page.close(run_before_unload=True)
    eventually(lambda: set(ReviewLease.objects.values_list("flag", flat=True)) == {flag.pk for flag in flags})


def test_a_decision_over_ones_own_in_another_tab_says_so(page, flags):
    second = second_tab(page)
    page.keyboard.press("a")
    expect_saved(page)
    second.keyboard.press("x")
    expect(second.locator("#toasts")).to_contain_text("elsewhere")
    expect(second.locator("#toasts")).to_contain_text("you accepted the proposal. What you decided here counts now; undo takes it back.")
    assert fresh(flags[0].pick).is_removed
    second.keyboard.press("u")
    eventually(lambda: not fresh(flags[0].pick).is_removed)
    assert fresh(flags[0].pick).time == flags[0].proposed_time


def test_changing_ones_mind_in_one_tab_is_nothing_to_be_told(page, flags):
    page.keyboard.press("a")
    page.keyboard.press("b")
    expect_station(page, "FUM")
    page.keyboard.press("x")
    eventually(lambda: fresh(flags[0].pick).is_removed)
    expect(page.locator("#toasts .toast")).to_have_count(0)


def test_a_refusal_that_another_tab_hears_of_is_told_where_it_was_decided(page, flags):
    second = second_tab(page)
    page.route("**/decisions/", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("[data-part=saved]")).to_contain_text("can't be reached")
    refusal = {"code": "invalid", "message": "This was no good.", "fields": {}}
    second.route("**/decisions/", lambda route: route.fulfill(status=400, json=refusal))
    second.evaluate("window.dispatchEvent(new Event('online'))")
    for tab in (page, second):
        expect(tab.locator("#toasts")).to_contain_text("Not saved: This was no good.")
    expect(page.locator(".queue-row").nth(1)).to_contain_text("FUM")  # it comes again


def back_in_sight(page):
    """Then a page asks at once what it else asks every 15 seconds."""
    with page.expect_response("**/review/progress/**"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_what_somebody_else_decides_is_seen_without_a_decision_of_ones_own(page, flags, second_analyst):
    for flag in flags[:2]:
        decide(pick=flag.pick, flag=flag, kind="accept", analyst=second_analyst, client_id=uuid.uuid4())
    back_in_sight(page)
    expect(page.locator("[data-part=done]")).to_have_text("2 of 4 flags")
    expect(page.locator(".queue-row").nth(1)).to_contain_text("decided")
    expect_station(page, "FUM")  # it stays until it is left
    expect(page.locator("[data-part=held]")).to_contain_text("Decided meanwhile, by somebody else")
    page.keyboard.press("n")
    expect_station(page, "MCV")
    expect(page.locator("[data-part=held]")).to_be_hidden()
    assert not Decision.objects.filter(kind="skip").exists()


def test_a_second_tab_goes_past_what_the_first_one_decided(page, flags):
    second = page.context.new_page()
    second.goto(page.url)
    expect_station(second, "FUM")
    page.keyboard.press("a")
    expect_saved(page)
    back_in_sight(second)
    expect(second.locator("[data-part=held]")).to_contain_text("in another tab of yours")
    second.keyboard.press("n")
    expect_station(second, "LTC")
