"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from webapp.health import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health, name="health"),
    path("", include("labeling.urls")),
    path("", include("training.urls")),
    path("api/v1/", include("webapp.api_urls")),
]

handler500 = "webapp.failures.failure"
