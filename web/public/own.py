"""A subscriber's own page, by the link in every letter: what they chose, the proof that they asked, the way out.

The link logs nobody in and tells no address in full. A GET changes nothing. Two things are posted: leaving, to the
address that letters name (mail programs do it by themselves, RFC 8058), and choices, to one of their own, so that
neither is ever taken for the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from campaign.errors import NotFoundError
from campaign.mailboxes import masked
from campaign.newsletter import Subscriber, SubscriberState
from campaign.settings import CampaignSettings, NewsletterSettings
from digest import subscribe as letters
from digest.variants import offered
from storage.areas import focus_areas
from storage.strategy import TreeNode, read_strategies
from storage.subscribers import choose, find_by_token, proofs
from web.forms import Form
from web.house import House, Visit, house_of

#: A letter's link is a secret: it is told to nobody that the page leads to, and the page is kept nowhere.
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def show(request: Request) -> Response:
    """Show the page, or a button that forgets an address nobody has confirmed."""
    subscriber = _subscriber(request)
    if subscriber is None:
        return page_of(request, None, "over", 404)
    if subscriber.state is SubscriberState.LEFT:
        return page_of(request, subscriber, "left")
    if subscriber.state is SubscriberState.PENDING:
        return page_of(request, subscriber, "leave")
    return _own(request, subscriber)


def leave(request: Request) -> Response:
    """End a subscription at once. Mail programs post here by themselves (RFC 8058) and are always told 200."""
    house = house_of(request)
    subscriber = _subscriber(request)
    letters.leave(house.store, request.path_params["token"], now=house.clock())
    return page_of(request, subscriber, "left")


def save(request: Request, form: Form) -> Response:
    """Keep what a subscriber chose. Every area chosen is as none: areas to come are theirs too."""
    house, subscriber = house_of(request), _subscriber(request)
    newsletter = house.settings.newsletters.get(subscriber.newsletter) if subscriber else None
    if subscriber is None or newsletter is None or subscriber.state is not SubscriberState.ACTIVE:
        return page_of(request, None, "over", 404)
    areas = _areas(house, newsletter)
    chosen = [area.id for area in areas if form[f"area-{area.id}"]]
    language = form["language"] if form["language"] in offered(house.settings, newsletter) else subscriber.language
    choose(house.store, subscriber.token, areas=chosen if len(chosen) < len(areas) else (), language=language)
    return RedirectResponse(f"{house.renderer.base}/u/{subscriber.token}?saved=1", 303, _PRIVATE)


def proof(request: Request) -> Response:
    """Answer with what the subscriber agreed to, in which words, when and where, as a file."""
    house, subscriber = house_of(request), _subscriber(request)
    if subscriber is None or subscriber.state is SubscriberState.LEFT:
        raise NotFoundError("page")
    told = {
        "newsletter": subscriber.newsletter,
        "address": masked(subscriber.email),
        "state": str(subscriber.state),
        "language": subscriber.language,
        "events": [
            {
                "kind": each.kind,
                "at": each.at.isoformat(),
                "wording": each.wording,
                "wording_version": each.wording_version,
                "language": each.language,
                "page": each.page,
            }
            for each in proofs(house.store, subscriber.id)
        ],
    }
    headers = {**_PRIVATE, "Content-Disposition": f'attachment; filename="{subscriber.newsletter}.json"'}
    return JSONResponse(told, headers=headers)


def _own(request: Request, subscriber: Subscriber) -> Response:
    house = house_of(request)
    newsletter = house.settings.newsletters.get(subscriber.newsletter)
    return page_of(
        request,
        subscriber,
        "own",
        template="public/own.html",
        masked=masked(subscriber.email),
        reader=subscriber,
        areas=_areas(house, newsletter) if newsletter else [],
        languages=offered(house.settings, newsletter) if newsletter else (),
        proofs=proofs(house.store, subscriber.id),
        saved=request.query_params.get("saved") == "1",
    )


def _areas(house: House, newsletter: NewsletterSettings) -> list[TreeNode]:
    """Return the focus areas that can be chosen, in the strategy's order; those that have ended cannot."""
    found = focus_areas(read_strategies(house.store, newsletter.campaign)).values()
    return list({area.id: area for area in found}.values())


def _subscriber(request: Request) -> Subscriber | None:
    return find_by_token(house_of(request).store, request.path_params["token"])


def page_of(
    request: Request,
    subscriber: Subscriber | None,
    kind: str,
    status: int = 200,
    *,
    template: str = "public/subscription.html",
    newest: Callable[[Visit], object] | None = None,
    **told: Any,
) -> Response:
    """Return a page in the subscriber's language about their newsletter, or the site's where nobody is known.

    ``newest`` finds the latest letter, shown where the public side is open.
    """
    house = house_of(request)
    newsletter = house.settings.newsletters.get(subscriber.newsletter) if subscriber else None
    code = subscriber.language if subscriber and subscriber.language in house.languages else None
    campaign = _campaign_of(house, newsletter)
    view = house.view(request, code or house.settings.site.language, campaign, "/")
    latest = None
    if newest is not None and campaign is not None and house.is_open:
        latest = newest(Visit(house=house, request=request, view=view, campaign=campaign))
    body = house.renderer.page(
        template,
        view,
        kind=kind,
        newsletter=newsletter,
        address=view.plain(request.url.path.removeprefix(view.base)),
        own=view.plain(f"/u/{subscriber.token}") if subscriber else "",
        newest=latest,
        **told,
    )
    return Response(body, status, _PRIVATE, "text/html")


def _campaign_of(house: House, newsletter: NewsletterSettings | None) -> CampaignSettings | None:
    return house.settings.campaigns.get(newsletter.campaign) if newsletter else house.only_campaign
