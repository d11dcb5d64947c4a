"""The templates of a page: what is filled in is escaped, and nothing may be missing."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **values: object) -> str:
    """Return a template of this folder with values filled in."""
    environment = Environment(
        loader=PackageLoader("ohmloop.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
