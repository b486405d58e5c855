"""The console: one folder per area, its routes beside its templates and texts. Everything it does is a use case of
`checkstand.app`; what a person may do is the table in `checkstand.member.permissions`."""

from checkstand_admin.app import PREFIX, build_console

__all__ = ["PREFIX", "build_console"]
