"""Addresses of the review screen."""

from django.urls import path

from labeling.views import decisions, review, waveform

review_urls = [
    path("w/<slug:slug>/review/", review.review, name="review"),
    path("w/<slug:slug>/review/queue/", review.review_queue, name="review_queue"),
    path("w/<slug:slug>/review/items/<int:flag_id>/", review.review_item_json, name="review_item"),
    path("w/<slug:slug>/review/thresholds/", review.review_thresholds, name="review_thresholds"),
    path("w/<slug:slug>/threshold/", review.threshold_save, name="threshold_save"),
    path("w/<slug:slug>/picks/<int:pick_id>/waveform", waveform.pick_waveform, name="pick_waveform"),
    path("w/<slug:slug>/decisions/", decisions.decision_create, name="decision_create"),
]
