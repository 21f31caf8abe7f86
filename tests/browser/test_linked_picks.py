"""Picks that an import linked as one arrival, on the review screen."""

from __future__ import annotations

from playwright.sync_api import expect

from labeling.models import Pick
from tests import factories


def test_the_evidence_leads_to_the_other_picks_of_the_same_arrival(open_page, analyst, workspace):
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    twin = factories.make_pick(catalog=pick.catalog, source_ref="02-1622-20L.S201209:7", offset_s=10.12)
    Pick.objects.filter(pk__in=[pick.pk, twin.pk]).update(arrival_group=pick.pk)
    factories.make_flag(pick)
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect(page.locator("[data-part=evidence]")).to_contain_text("also picked as")
    link = page.get_by_role("link", name="02-1622-20L.S201209:7, +0.12 s")
    expect(link).to_have_attribute("href", f"/w/{workspace.slug}/picks/{twin.pk}/")
