"""Signing up for the letter, by form and by the link that confirms. A GET only ever shows a button; what changes is a
POST.

The answer is the same whether an address is known or not. Confirming stands outside languages and campaigns, speaks the
subscriber's language, and works while the public side is closed. What a subscriber does later is ``web.public.own``.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaign.errors import DigestError, InputError, NotFoundError
from campaign.newsletter import Subscriber, SubscriberState
from campaign.settings import NewsletterSettings
from digest import guard
from digest import subscribe as letters
from digest.guard import Answer, Asked
from storage.subscribers import find_by_token
from web.forms import Form
from web.house import Visit, house_of
from web.public.issues import newest_issue
from web.public.own import page_of

_MOST_ADDRESS = 320


def form(visit: Visit) -> Response:
    """Show the form. It remembers when, so it is made anew for everybody."""
    if not visit.view.newsletters:
        raise NotFoundError("page")
    return visit.page("public/subscribe.html", keep=False, values=Form(), errors={}, told=None, answer="")


def ask(visit: Visit, sent: Form) -> Response:
    """Take in an address, and lead to the page that says to look for a mail."""
    newsletter = _newsletter(visit, sent["newsletter"])
    done = RedirectResponse(visit.view.url("/subscribe/sent"), 303)
    if sent.is_trapped:
        return done
    language, address = visit.view.language, sent["email"].strip()[:_MOST_ADDRESS]
    try:
        answer = letters.sign_up(
            visit.store,
            visit.house.settings,
            newsletter,
            address,
            language=language,
            now=visit.view.now,
            asked=_asked(visit, sent),
        )
    except InputError as error:
        told = language.explain(error)
        errors = {error.field: f"{told.what} {told.do}".strip()}
        return visit.page("public/subscribe.html", status=400, values=sent, errors=errors, told=None, answer="")
    except DigestError as error:
        told = language.explain(error)
        return visit.page("public/subscribe.html", status=503, values=sent, errors={}, told=told, answer="")
    return done if answer is Answer.TAKEN else _once_more(visit, sent, address, answer)


def _asked(visit: Visit, sent: Form) -> Asked:
    client = visit.request.client
    network = guard.network_of(client.host if client else "", proxies=visit.house.settings.login.proxies)
    page = visit.house.settings.site.base_url + visit.view.url("/subscribe").removeprefix(visit.house.renderer.base)
    return Asked(form=sent["form"], later=sent["later"], work=sent["work"], network=network, page=page)


def _once_more(visit: Visit, sent: Form, address: str, answer: Answer) -> Response:
    """Show the form again with what was typed, and say kindly what to do. Nothing was stored about the address."""
    work = guard.work_mark(visit.store.secret, address, visit.view.now) if answer.bits else ""
    return visit.page(
        "public/subscribe.html",
        keep=False,
        status=429 if work else 200,
        values=sent,
        errors={},
        told=None,
        answer=str(answer),
        work=work,
        work_bits=answer.bits,
        wait=int(guard.WAIT.total_seconds()) if answer is Answer.PROVE else 0,
    )


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


# --- by the link in a mail -------------------------------------------------------------------------------


def confirm_page(request: Request) -> Response:
    """Show the button that confirms."""
    subscriber = find_by_token(house_of(request).store, request.path_params["token"])
    if subscriber is None or subscriber.state is SubscriberState.LEFT:
        return page_of(request, None, "over", 404)
    if subscriber.state is SubscriberState.ACTIVE:
        return _welcome(request, subscriber)
    if subscriber.state is not SubscriberState.PENDING:
        return _ended(request, subscriber)
    return page_of(request, subscriber, "confirm")


def confirm(request: Request) -> Response:
    """Confirm a sign-up."""
    house = house_of(request)
    token = request.path_params["token"]
    # Where it was said is kept as proof, without the secret that leads there.
    page = house.settings.site.base_url + request.url.path.removeprefix(house.renderer.base).removesuffix(f"/{token}")
    found = letters.confirm(house.store, house.settings, token, now=house.clock(), page=page)
    if found is None:
        return page_of(request, None, "over", 404)
    return _welcome(request, found) if found.state is SubscriberState.ACTIVE else _ended(request, found)


def _ended(request: Request, subscriber: Subscriber) -> Response:
    """Say why no letters come although the sign-up was confirmed once, and that only a new one changes it."""
    return page_of(request, subscriber, str(subscriber.state), 410)


def _welcome(request: Request, subscriber: Subscriber) -> Response:
    """Show the way to the latest letter, so that nobody has to wait for the next to see what they will get."""
    return page_of(request, subscriber, "confirmed", newest=newest_issue)
