"""Errors that nobody expected."""

from __future__ import annotations

from django.test import RequestFactory

from webapp.failures import failure


def test_a_failure_below_the_api_has_the_one_json_shape():
    answer = failure(RequestFactory().get("/api/v1/workspaces/"))
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/json"
    assert b'"code": "server_error"' in answer.content


def test_a_failure_elsewhere_is_a_page_without_a_traceback():
    answer = failure(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"Traceback" not in answer.content
    assert b"<html" in answer.content
