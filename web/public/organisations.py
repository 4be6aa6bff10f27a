"""Which sources stand for an organisation.

An organisation is a source that speaks for itself (``campaign.credit.speaks``) and that the configuration gives a name:
a site, a press room, a newsletter, or a channel of the owner's own. Searches for a hashtag are none, and no single
author is ever listed.
"""

from __future__ import annotations

from campaign.credit import speaks
from campaign.settings import SourceSettings
from web.house import Visit
from web.public.growth import sources_of
from web.public.place_counts import alphabetical


def organisations(visit: Visit) -> dict[str, SourceSettings]:
    """Return the sources of the campaign that stand for an organisation, in the order of their names."""
    found = [each for each in feeding(visit) if each.name.strip() and speaks(each)]
    return {each.id: each for each in sorted(found, key=lambda each: alphabetical(each.name))}


def feeding(visit: Visit) -> list[SourceSettings]:
    """Return the sources that feed the campaign."""
    known = visit.house.settings.sources
    return [known[each] for each in sources_of(visit)]
