"""Pages of the catalog side. Every page of a workspace lies below w/<slug>/."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from labeling.views import account, catalogs, earth_models, exports, imports, members, overview, picks, snapshots, tables, workspaces
from labeling.views.review_urls import review_urls

urlpatterns = [
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/password/", account.password, name="password"),
    path("", workspaces.workspace_list, name="workspace_list"),
    path("workspaces/new/", workspaces.workspace_create, name="workspace_create"),
    path("w/<slug:slug>/", overview.overview, name="overview"),
    path("w/<slug:slug>/imports/", imports.import_list, name="import_list"),
    path("w/<slug:slug>/imports/new/", imports.import_new, name="import_new"),
    path("w/<slug:slug>/imports/fdsn/", imports.import_fdsn, name="import_fdsn"),
    path("w/<slug:slug>/imports/archive/", imports.import_archive, name="import_archive"),
    path("w/<slug:slug>/imports/<int:import_id>/", imports.import_detail, name="import_detail"),
    path("w/<slug:slug>/imports/<int:import_id>/file/", imports.import_file, name="import_file"),
    path("w/<slug:slug>/imports/<int:import_id>/chunk/", imports.import_chunk, name="import_chunk"),
    path("w/<slug:slug>/imports/<int:import_id>/leave-out/", imports.import_leave_out, name="import_leave_out"),
    path("w/<slug:slug>/imports/<int:import_id>/start/", imports.import_start, name="import_start"),
    path("w/<slug:slug>/imports/<int:import_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("w/<slug:slug>/imports/<int:import_id>/preview/", imports.import_preview, name="import_preview"),
    path("w/<slug:slug>/imports/<int:import_id>/preview/begin/", imports.import_preview_begin, name="import_preview_begin"),
    path("w/<slug:slug>/imports/<int:import_id>/preview/cancel/", imports.import_preview_cancel, name="import_preview_cancel"),
    path("w/<slug:slug>/imports/<int:import_id>/tables/<slug:key>/", tables.import_table, name="import_table"),
    path("w/<slug:slug>/imports/<int:import_id>/tables/<slug:key>/say/", tables.import_table_say, name="import_table_say"),
    path("w/<slug:slug>/imports/<int:import_id>/report.csv", imports.import_report, name="import_report"),
    path("w/<slug:slug>/catalogs/<int:catalog_id>/withdraw/", catalogs.catalog_withdraw, name="catalog_withdraw"),
    path("w/<slug:slug>/catalogs/<int:catalog_id>/restore/", catalogs.catalog_restore, name="catalog_restore"),
    path("w/<slug:slug>/picks/", picks.pick_list, name="pick_list"),
    path("w/<slug:slug>/picks/<int:pick_id>/", picks.pick_detail, name="pick_detail"),
    path("w/<slug:slug>/snapshots/", snapshots.snapshot_list, name="snapshot_list"),
    path("w/<slug:slug>/snapshots/freeze/", snapshots.snapshot_freeze, name="snapshot_freeze"),
    path("w/<slug:slug>/snapshots/compare/", snapshots.snapshot_compare, name="snapshot_compare"),
    path("w/<slug:slug>/snapshots/<int:number>/", snapshots.snapshot_detail, name="snapshot_detail"),
    path("w/<slug:slug>/snapshots/<int:number>/export/", exports.export_start, name="export_start"),
    path("w/<slug:slug>/exports/<int:export_id>/", exports.export_row, name="export_row"),
    path("w/<slug:slug>/exports/<int:export_id>/cancel/", exports.export_cancel, name="export_cancel"),
    path("w/<slug:slug>/exports/<int:export_id>/download/", exports.export_download, name="export_download"),
    path("w/<slug:slug>/earth-models/", earth_models.earth_model_list, name="earth_model_list"),
    path("w/<slug:slug>/earth-models/add/", earth_models.earth_model_add, name="earth_model_add"),
    path("w/<slug:slug>/earth-models/<int:model_id>/remove/", earth_models.earth_model_remove, name="earth_model_remove"),
    path("w/<slug:slug>/members/", members.member_list, name="member_list"),
    path("w/<slug:slug>/members/add/", members.member_add, name="member_add"),
    path("w/<slug:slug>/members/<int:membership_id>/change/", members.member_change, name="member_change"),
    path("w/<slug:slug>/members/<int:membership_id>/remove/", members.member_remove, name="member_remove"),
    *review_urls,
]
