"""The campaign itself, and which campaigns there are."""

from __future__ import annotations

from web.api import models
from web.api.call import Call, base
from web.api.writing import Kept, licence
from web.house import House


def campaign(call: Call, kept: Kept) -> models.Campaign:  # noqa: ARG001 - every answer has the same shape
    """Answer with what the campaign is and what people are told about their data."""
    own, site, privacy = call.campaign, call.settings.site, call.settings.privacy
    pages = [("archive", "/archive"), ("feed", "/feed.atom"), ("strategy", "/strategy"), ("about", "/about")]
    pages += [("issues", "/issues"), ("subscribe", "/subscribe")] if call.view.newsletters else []
    links = [models.Link(rel="site", url=call.site("/"))]
    links += [models.Link(rel=rel, url=call.site(path)) for rel, path in pages]
    links += [
        models.Link(rel="documentation", url=call.plain("/api/docs")),
        models.Link(rel="description", url=call.plain("/api/v1/openapi.json")),
    ]
    return models.Campaign(
        id=own.id,
        name=own.name,
        owner=site.owner,
        contact=site.contact,
        language=site.language,
        hashtags=list(own.hashtags),
        aliases=list(own.aliases),
        about=own.about,
        licence=licence(call),
        links=links,
        privacy=models.Privacy(
            controller=privacy.controller,
            purpose=privacy.purpose,
            legal_basis=privacy.legal_basis,
            contact=privacy.contact,
            retention=privacy.retention,
            url=call.site("/privacy"),
        ),
    )


def campaigns(house: House) -> models.CampaignList:
    """Answer with the campaigns of the installation, each with where its API stands."""
    settings = house.settings
    several = len(settings.campaigns) > 1
    return models.CampaignList(
        items=[
            models.CampaignRef(
                id=each.id,
                name=each.name,
                url=settings.site.base_url + (f"/c/{each.id}" if several else "/"),
                api_url=base(settings, each),
            )
            for each in settings.campaigns.values()
        ]
    )
