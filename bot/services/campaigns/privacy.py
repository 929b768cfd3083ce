"""What campaigns keep of people: who made them, in which act of office they stay named."""

from bot.services.people.privacy import Held, Privacy

PRIVACY = Privacy(held={"campaign.created_by": Held()})
