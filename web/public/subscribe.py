"""Signing up for the letter and leaving it. A GET only ever shows a button; what changes is a POST.

The answer is the same whether an address is known or not. Confirming and leaving stand outside languages and
campaigns (letters carry short links), speak the subscriber's language, and work while the public side is closed.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaign.errors import DigestError, InputError, NotFoundError
from campaign.newsletter import Subscriber, SubscriberState
from campaign.settings import CampaignSettings, NewsletterSettings
from digest import subscribe as letters
from storage.subscribers import find_by_token
from web.forms import Form
from web.house import House, Visit, house_of

_MOST_ADDRESS = 320


def form(visit: Visit) -> Response:
    """Show the form."""
    if not visit.view.newsletters:
        raise NotFoundError("page")
    return visit.page("public/subscribe.html", values=Form(), errors={}, told=None)


def ask(visit: Visit, sent: Form) -> Response:
    """Take in an address, and lead to the page that says to look for a mail."""
    newsletter = _newsletter(visit, sent["newsletter"])
    done = RedirectResponse(visit.view.url("/subscribe/sent"), 303)
    if sent.is_trapped:
        return done
    language = visit.view.language
    try:
        letters.sign_up(
            visit.store,
            visit.house.settings,
            newsletter,
            sent["email"].strip()[:_MOST_ADDRESS],
            language=language,
            now=visit.view.now,
        )
    except InputError as error:
        errors = {error.field: language.explain(error).what}
        return visit.page("public/subscribe.html", status=400, values=sent, errors=errors, told=None)
    except DigestError as error:
        return visit.page("public/subscribe.html", status=503, values=sent, errors={}, told=language.explain(error))
    return done


def sent(visit: Visit) -> Response:
    """Say that a mail is on its way, if the address is one that may get it."""
    if not visit.view.newsletters:
        raise NotFoundError("page")
    return visit.page("public/subscribe_sent.html")


def _newsletter(visit: Visit, wanted: str) -> NewsletterSettings:
    known = visit.view.newsletters
    found = next((each for each in known if each.id == wanted), known[0] if len(known) == 1 else None)
    if found is None:
        raise NotFoundError("page")
    return found


# --- by a link in a mail ---------------------------------------------------------------------------------


def confirm_page(request: Request) -> Response:
    """Show the button that confirms."""
    subscriber = _subscriber(request)
    if subscriber is None or subscriber.state is SubscriberState.LEFT:
        return _page(request, None, "over", 404)
    return _page(request, subscriber, "confirmed" if subscriber.state is SubscriberState.ACTIVE else "confirm")


def confirm(request: Request) -> Response:
    """Confirm a sign-up."""
    house = house_of(request)
    found = letters.confirm(house.store, house.settings, request.path_params["token"], now=house.clock())
    return _page(request, found, "confirmed") if found else _page(request, None, "over", 404)


def leave_page(request: Request) -> Response:
    """Show the button that ends a subscription."""
    subscriber = _subscriber(request)
    if subscriber is None:
        return _page(request, None, "over", 404)
    return _page(request, subscriber, "left" if subscriber.state is SubscriberState.LEFT else "leave")


def leave(request: Request) -> Response:
    """End a subscription at once. Mail programs post here by themselves (RFC 8058) and are always told 200."""
    house = house_of(request)
    subscriber = _subscriber(request)
    letters.leave(house.store, request.path_params["token"], now=house.clock())
    return _page(request, subscriber, "left")


def _subscriber(request: Request) -> Subscriber | None:
    return find_by_token(house_of(request).store, request.path_params["token"])


def _page(request: Request, subscriber: Subscriber | None, kind: str, status: int = 200) -> Response:
    """Return a page in the subscriber's language about their newsletter, or the site's where nobody is known."""
    house = house_of(request)
    newsletter = house.settings.newsletters.get(subscriber.newsletter) if subscriber else None
    code = subscriber.language if subscriber and subscriber.language in house.languages else None
    campaign = _campaign_of(house, newsletter)
    view = house.view(request, code or house.settings.site.language, campaign, "/")
    address = view.plain(request.url.path.removeprefix(view.base))
    body = house.renderer.page("public/subscription.html", view, kind=kind, newsletter=newsletter, address=address)
    return Response(body, status, {"Cache-Control": "no-store"}, "text/html")


def _campaign_of(house: House, newsletter: NewsletterSettings | None) -> CampaignSettings | None:
    return house.settings.campaigns.get(newsletter.campaign) if newsletter else house.only_campaign
