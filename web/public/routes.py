"""Which address shows which page. Every page stands once in each language and, with several campaigns, in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.language import LANGUAGES
from web.errors import Closed
from web.forms import Form, read_form
from web.house import House, Visit, house_of
from web.public import (
    about,
    almanac,
    archive,
    calendar,
    embed,
    exported,
    feeds,
    figures,
    followup,
    front,
    issue_feeds,
    issues,
    media,
    node,
    own,
    places,
    site_maps,
    story,
    strategy,
    subscribe,
    voices,
    wall,
    whole,
)

Page = Callable[[Visit], Response]
Answer = Callable[[Visit, Form], Response]

PAGES: tuple[tuple[str, Page], ...] = (
    ("/", front.front),
    ("/archive", archive.archive),
    ("/archive.jsonl", exported.jsonl),
    ("/archive.csv", exported.csv),
    ("/stories/{story_id:int}", story.story),
    ("/stories/{story_id:int}/cite.bib", story.as_bibtex),
    ("/stories/{story_id:int}/cite.ris", story.as_ris),
    ("/years", almanac.years),
    ("/years/{year:int}", almanac.year),
    ("/weeks/{week}", almanac.week),
    ("/days/{day}", almanac.day),
    ("/strategy", strategy.strategies),
    ("/strategy/{strategy}/{code}", node.node),
    ("/figures/{strategy}/{code}.csv", figures.csv),
    ("/figures/{strategy}/{code}", figures.indicator),
    ("/places", places.places),
    ("/places/{place}", places.place),
    ("/whole", whole.whole),
    ("/whole/{chart}.svg", whole.svg),
    ("/whole/{chart}.png", whole.picture),
    ("/whole/{chart}.csv", whole.csv),
    ("/networks", voices.networks),
    ("/networks/{network}", voices.network),
    ("/from", voices.partners),
    ("/from/{source}", voices.partner),
    ("/followup", followup.followup),
    ("/followup/{snapshot:int}", followup.point),
    ("/followup/{snapshot:int}.json", followup.point_parts),
    ("/followup/{later:int}/{earlier:int}", followup.comparison),
    ("/followup/{later:int}/{earlier:int}.csv", followup.comparison_csv),
    ("/issues", issues.issues),
    ("/issues/{newsletter}/{number:int}", issues.issue),
    ("/issues/{newsletter}/{number:int}/print.css", issues.sheet),
    ("/issues/{newsletter}/{number:int}/events/{item:int}.ics", calendar.event),
    ("/issues/{newsletter}/feed.atom", issue_feeds.atom),
    ("/issues/{newsletter}/feed.json", issue_feeds.json_feed),
    ("/calendar.ics", calendar.every),
    ("/subscribe", subscribe.form),
    ("/subscribe/sent", subscribe.sent),
    ("/about", about.about),
    ("/privacy", about.privacy),
    ("/accessibility", about.accessibility),
    ("/channels", about.channels),
    ("/report", story.write),
    ("/receipts/{receipt}", story.receipt),
    ("/feed.atom", feeds.atom),
    ("/feed.json", feeds.json_feed),
    ("/embed", embed.embed),
    ("/embed/help", embed.help_page),
    ("/colours.css", embed.colours),
    ("/wall", wall.wall),
    ("/sitemap.xml", site_maps.index),
    ("/sitemaps/pages.xml", site_maps.pages),
    ("/sitemaps/{year:int}-{part:int}.xml", site_maps.stories),
)

FORMS: tuple[tuple[str, Answer], ...] = (
    ("/stories/{story_id:int}/removal", story.ask_removal),
    ("/report", story.report),
    ("/subscribe", subscribe.ask),
)

#: What may stand before an address that belongs to no language or campaign.
_LANGUAGE_PATHS = ("", *(f"/{code}" for code in LANGUAGES))


def install(app: FastAPI, house: House) -> None:
    """Give the application every public address."""
    app.add_route("/robots.txt", _whole(feeds.robots), methods=["GET"])
    app.add_route("/media/{name}", _picture, methods=["GET"])
    app.add_route("/colours/{campaign}.css", _colours, methods=["GET"])
    app.add_route("/embed.js", _embed_script, methods=["GET"])
    app.add_route("/wall/pulse", wall.pulse, methods=["GET"])
    for address, show, act in (
        # With a language before it too: mails name the page in the subscriber's own.
        *(
            (f"{code}/subscribe/confirm/{{token}}", subscribe.confirm_page, subscribe.confirm)
            for code in _LANGUAGE_PATHS
        ),
        ("/u/{token}", own.show, own.leave),
    ):
        app.add_route(address, show, methods=["GET"])
        app.add_route(address, act, methods=["POST"])
    app.add_route("/u/{token}/proof.json", own.proof, methods=["GET"])
    app.add_api_route("/u/{token}/choices", _choices, methods=["POST"], include_in_schema=False, response_model=None)
    several = len(house.settings.campaigns) != 1
    for code in LANGUAGES:
        language = "" if code == house.settings.site.language else f"/{code}"
        if several:
            app.add_route(language or "/", _doors(code), methods=["GET"])
        prefix = language + ("/c/{campaign}" if several else "")
        for path, page in PAGES:
            for address in _addresses(prefix, path):
                app.add_route(address, _page(page, code), methods=["GET"])
        for path, answer in FORMS:
            app.add_api_route(
                prefix + path, _answer(answer, code), methods=["POST"], include_in_schema=False, response_model=None
            )


def _addresses(prefix: str, path: str) -> tuple[str, ...]:
    """Return a page's addresses: the front page of a language answers with and without its last slash."""
    return (prefix, prefix + "/") if prefix and path == "/" else (prefix + path,)


def _page(page: Page, code: str) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        return page(_visit(request, code))

    return endpoint


def _answer(answer: Answer, code: str) -> Callable[..., Response]:
    def endpoint(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
        return answer(_visit(request, code), form)

    return endpoint


def _choices(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
    return own.save(request, form)


def _visit(request: Request, code: str) -> Visit:
    house = house_of(request)
    if not house.is_open:
        raise Closed("closed")
    asked = request.path_params.get("campaign")
    campaign = house.settings.campaigns.get(asked) if asked is not None else house.only_campaign
    if campaign is None:
        raise NotFoundError("page")
    path = _below(request.url.path, house, code, asked)
    return Visit(house=house, request=request, view=house.view(request, code, campaign, path), campaign=campaign)


def _below(path: str, house: House, code: str, campaign: str | None) -> str:
    """Return an address without what stands before language and campaign."""
    below = path.removeprefix(house.renderer.base)
    if code != house.settings.site.language:
        below = below.removeprefix(f"/{code}")
    if campaign is not None:
        below = below.removeprefix(f"/c/{campaign}")
    return below or "/"


def _doors(code: str) -> Callable[[Request], Response]:
    """Return the page that leads to each of several campaigns."""

    def endpoint(request: Request) -> Response:
        house = house_of(request)
        if not house.is_open:
            raise Closed("closed")
        view = house.view(request, code, None, "/")
        first = next(iter(house.settings.campaigns.values()))
        visit = Visit(house=house, request=request, view=view, campaign=first)
        doors = [(each, house.view(request, code, each, "/").url("/")) for each in house.settings.campaigns.values()]
        return visit.page("public/doors.html", doors=doors)

    return endpoint


def _whole(answer: Callable[[House], Response]) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        return answer(house_of(request))

    return endpoint


def _picture(request: Request) -> Response:
    told = request.headers.get("if-none-match", "")
    return media.picture(house_of(request), request.path_params["name"], asked=told)


def _colours(request: Request) -> Response:
    return media.colours(house_of(request), request.path_params["campaign"])


def _embed_script(request: Request) -> Response:
    return media.embed_script(house_of(request), asked=request.headers.get("if-none-match", ""))
