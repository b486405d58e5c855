"""The checkout's own renderer for the console's previews: the real templates, in a frame of our own pages only."""

from __future__ import annotations

import gzip
from functools import cached_property

from checkstand.app.platform import Platform
from checkstand.cashier import PageModel
from checkstand.infra.resources import scenarios
from checkstand.web.pages.render import Rendered, Renderer


class PreviewRenderer:
    """Compiles the templates on the first preview: most processes never show one."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @cached_property
    def _renderer(self) -> Renderer:
        kinds = self._platform.registry.method_types()
        return Renderer({name: kind.logo for name, kind in kinds.items()}, scenarios() / "logos")

    def __call__(self, model: PageModel) -> Rendered:
        return self._renderer.page(model, still=True)

    def weigh(self, model: PageModel) -> int:
        """Bytes of the first load, compressed: the page and the files it links."""
        html = self._renderer.page(model).html
        linked = (asset for url, asset in self._renderer.files.items() if url.encode() in html)
        return len(gzip.compress(html)) + sum(len(asset.zipped) for asset in linked)
