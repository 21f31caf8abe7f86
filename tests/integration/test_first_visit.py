"""What the review page tells a browser that has nothing of it yet, so that nothing waits for what could be known before."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from labeling.templatetags.modules import module_urls
from tests import factories


@pytest.fixture
def flag(workspace):
    return factories.make_flag(factories.make_pick(factories.make_trace(factories.make_catalog(workspace))))


@pytest.fixture
def page(analyst_client, workspace):
    return lambda: analyst_client.get(reverse("review", args=[workspace.slug])).content.decode()


def test_every_module_of_the_screen_is_named_once_and_is_there(flag, page):
    named = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)"', page())
    assert len(named) == len(set(named)) > 40
    assert all(finders.find(re.sub(r"\.[0-9a-f]{12}(?=\.js$)", "", name)) for name in named)


def test_what_a_module_imports_by_way_of_another_is_named():
    urls = " ".join(module_urls("js/review/main.js"))
    assert "js/review/screen" in urls and "js/review/waveforms" in urls and "js/review/geometry" in urls
    assert "js/review/main" not in urls


def test_the_first_pick_is_asked_for_while_the_scripts_come(flag, page, workspace):
    (asked,) = re.findall(r'<link rel="preload" as="fetch" crossorigin="anonymous" fetchpriority="high" href="([^"]+)">', page())
    assert asked == reverse("review_item", args=[workspace.slug, flag.pk])


def test_an_empty_queue_asks_for_none(flag, page):
    flag.delete()
    assert 'rel="preload"' not in page()
