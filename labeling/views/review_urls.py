"""Addresses of the review screen."""

from django.urls import path

from labeling.views import adjudication, batches, decisions, event, key_bindings, review, review_quality, theory, waveform

review_urls = [
    path("w/<slug:slug>/review/", review.review, name="review"),
    path("w/<slug:slug>/review/queue/", review.review_queue, name="review_queue"),
    path("w/<slug:slug>/review/search/", review.review_search, name="review_search"),
    path("w/<slug:slug>/review/progress/", review.review_progress, name="review_progress"),
    path("w/<slug:slug>/review/items/<int:flag_id>/", review.review_item_json, name="review_item"),
    path("w/<slug:slug>/review/items/<int:flag_id>/event/", event.review_event, name="review_event"),
    path("w/<slug:slug>/review/items/<int:flag_id>/arrivals/", theory.expected, name="expected_arrivals"),
    path("w/<slug:slug>/review/items/<int:flag_id>/nearby/", event.nearby, name="nearby_events"),
    path("w/<slug:slug>/review/items/<int:flag_id>/agreeing/", event.event_agreeing, name="event_agreeing"),
    path("w/<slug:slug>/review/station-offsets/", review.review_station_offsets, name="review_station_offsets"),
    path("w/<slug:slug>/review/thresholds/", review.review_thresholds, name="review_thresholds"),
    path("w/<slug:slug>/review/quality/", review_quality.quality, name="review_quality"),
    path("w/<slug:slug>/review/quality/settings/", review_quality.quality_settings, name="review_quality_settings"),
    path("w/<slug:slug>/review/adjudication/", adjudication.adjudication, name="adjudication"),
    path("w/<slug:slug>/review/adjudication/<int:decision_id>/settle/", adjudication.adjudication_settle, name="adjudication_settle"),
    path("w/<slug:slug>/review/adjudication/<int:decision_id>/undo/", adjudication.adjudication_undo, name="adjudication_undo"),
    path("w/<slug:slug>/threshold/", review.threshold_save, name="threshold_save"),
    path("w/<slug:slug>/picks/<int:pick_id>/waveform", waveform.pick_waveform, name="pick_waveform"),
    path("w/<slug:slug>/decisions/", decisions.decision_create, name="decision_create"),
    path("w/<slug:slug>/review/leases/", review.leases_hold, name="leases_hold"),
    path("w/<slug:slug>/batches/preview/", batches.batch_preview, name="batch_preview"),
    path("w/<slug:slug>/batches/", batches.batch_create, name="batch_create"),
    path("account/keys/", key_bindings.key_bindings, name="key_bindings"),
]
