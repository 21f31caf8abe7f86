"""Static files with their hash in the name, so that a browser keeps them until they change."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites the imports inside ES modules, which Django does only when asked."""

    support_js_module_import_aggregation = True
