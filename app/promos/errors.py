"""What promos refuse."""

from app.core.errors import AppError


class PromoNotFound(AppError):
    """There is no such promo."""

    status = 404
    code = "promo_not_found"
    detail = "There is no promo {promo_id}."


class PromoNotRunning(AppError):
    """The promo is not open now. `promo_status` says why; `starts_at` and `ends_at` say when it is."""

    status = 409
    code = "promo_not_running"
    detail = "Promo {promo_id} is {promo_status}."


class HeldByYou(AppError):
    """You hold a unit of this promo already. Complete that hold, or release it."""

    status = 409
    code = "held_by_you"
    detail = "You hold a unit already: reservation {reservation_id}."


class LimitReached(AppError):
    """You bought as many units of this promo as one customer may."""

    status = 409
    code = "limit_reached"
    detail = "You bought {bought}; {limit} are allowed."


class SoldOut(AppError):
    """Every unit is sold. One comes back only if somebody's order is undone."""

    status = 409
    code = "sold_out"
    detail = "Promo {promo_id} is sold out."


class LocationUnknown(AppError):
    """The promo is for customers near its store, and where you are is not known. Write it into your profile."""

    status = 403
    code = "location_unknown"
    detail = "Set your location first: the promo is for customers within {max_distance_km} km of the store."


class NotInSegment(AppError):
    """The promo is for some groups of customers, and you are in none of them."""

    status = 403
    code = "not_in_segment"
    detail = "Promo {promo_id} is for other customers."


class OutsideRadius(AppError):
    """You are farther from the store than this promo allows."""

    status = 403
    code = "outside_radius"
    detail = "You are {distance_km} km from the store; {max_distance_km} km are allowed."


class HeldByOthers(AppError):
    """Others hold all units that are left. One may be free after the seconds in `Retry-After`."""

    status = 409
    code = "held_by_others"
    detail = "All units that are left of promo {promo_id} are held by others."


class HoldCooldown(AppError):
    """You let several holds of this promo lapse. Wait for the seconds in `Retry-After`."""

    status = 429
    code = "hold_cooldown"
    detail = "{lapsed} of your holds on this promo have lapsed."


class PromoReservationNotFound(AppError):
    """There is no such promo reservation of yours."""

    status = 404
    code = "promo_reservation_not_found"
    detail = "There is no promo reservation {reservation_id}."


class HoldExpired(AppError):
    """The minute is over, so the hold cannot be completed any more. Ask for another one."""

    status = 409
    code = "hold_expired"
    detail = "The hold ended at {expires_at}."


class PromoReservationEnded(AppError):
    """The promo reservation was completed, released, or has expired."""

    status = 409
    code = "promo_reservation_ended"
    detail = "The reservation is {reservation_status}."


class PromoOverlaps(AppError):
    """Another activated promo of this product runs at that time. Move one of them, or end the other."""

    status = 409
    code = "promo_overlaps"
    detail = "Another activated promo of this product overlaps in time."
    constraint = "ex_promos_overlap"


class PromoNotActivatable(AppError):
    """The promo cannot be activated: its product or store is not on sale, or it has ended. `reason` says which."""

    status = 409
    code = "promo_not_activatable"
    detail = "{reason}"


class PromoIllegalTransition(AppError):
    """A promo cannot do that in its present status. `allowed` lists what it can do."""

    status = 409
    code = "promo_illegal_transition"
    detail = "The promo is {promo_status}; it cannot {wanted}."


class PromoNotEditable(AppError):
    """These fields cannot be changed in the promo's present status. `editable` lists those that can."""

    status = 409
    code = "promo_not_editable"
    detail = "The promo is {promo_status}; {fields} cannot be changed."


class PriceNotBelow(AppError):
    """A promo sells below the product's price."""

    status = 422
    code = "promo_price_not_below"
    detail = "The product costs {price}; the promo price has to be lower than that."


class WindowOver(AppError):
    """The end of a promo has to lie in the future."""

    status = 422
    code = "promo_window_over"
    detail = "{ends_at} is over; it is {server_time}."


class QuantityInUse(AppError):
    """The quantity cannot be less than what is held and sold."""

    status = 409
    code = "quantity_in_use"
    detail = "{held} units are held and {sold} are sold; {quantity} are fewer."


class PromoActive(AppError):
    """A promo that is activated cannot be deleted. End it first."""

    status = 409
    code = "promo_active"
    detail = "Promo {promo_id} is {promo_status}; end it first."


class PromosDepend(AppError):
    """An activated promo depends on this. End the promos in `promo_ids` first."""

    status = 409
    code = "promos_depend"
    detail = "{reason} Promos depend on it: {promo_ids}."
