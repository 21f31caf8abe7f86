"""Pages of the training side. Every page of a workspace lies below w/<slug>/."""

from django.urls import path

from training import views

urlpatterns = [
    path("w/<slug:slug>/runs/", views.run_list, name="run_list"),
    path("w/<slug:slug>/runs/start/", views.run_start, name="run_start"),
    path("w/<slug:slug>/runs/compare/", views.run_compare, name="run_compare"),
    path("w/<slug:slug>/runs/schedule/", views.schedule_save, name="schedule_save"),
    path("w/<slug:slug>/runs/<int:run_id>/", views.run_detail, name="run_detail"),
    path("w/<slug:slug>/runs/<int:run_id>/curves/", views.run_curves, name="run_curves"),
    path("w/<slug:slug>/runs/<int:run_id>/cancel/", views.run_cancel, name="run_cancel"),
    path("w/<slug:slug>/runs/<int:run_id>/promote/", views.run_promote, name="run_promote"),
]
