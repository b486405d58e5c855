"""The simulator desk: plant a fault, move the clock, play the shopper. Test mode only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import steer_simulator as steer
from checkstand.app.simulator_control import SimulatorRefused, SimulatorUnreachable
from checkstand.channel.simulator.shopper import ACTIONS
from checkstand.kernel import CheckstandError
from checkstand_admin.console import AnyRequest, Console, Form, NotYours, Visitor, see_other
from checkstand_admin.developers.common import problem
from checkstand_admin.problems import STATUS

DEEDS: Final = ("faults", "clear", "shopper")
STEPS_MIN: Final = (1, 15, 120, 1440)  # past a notification's repeat, an order's expiry, a close, a day


def routes(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, channel: str, *, status: int = 200, error: CheckstandError | None = None
    ) -> Response[bytes]:
        channels, desk = steer.simulated_channels(platform, who.unit), None
        try:
            if channel or channels:
                desk = steer.open_desk(platform, who.unit, channel or next(iter(channels)))
        except SimulatorUnreachable as unreachable:
            error = unreachable  # the page itself works, and says why there is no desk on it
        t = console.texts.speaker(console.locale(request, who))
        values: dict[str, Any] = {
            "channels": list(channels),
            "desk": desk,
            "steps": STEPS_MIN,
            "actions": ACTIONS,
            "kinds": [(kind, t(f"developers.fault.{kind}")) for kind in (desk.kinds if desk else ())],
            "verbs": [(verb, t(f"developers.verb.{verb or 'any'}")) for verb in ("", *(desk.verbs if desk else ()))],
            "error": problem(console, request, error) if error else None,
        }
        return console.page(request, who, "developers/simulator.html", status=status, **values)

    def enter(who: Visitor) -> None:
        if who.mode != "test":
            raise NotYours()

    def step(request: AnyRequest, who: Visitor, channel: str, form: Form, what: str) -> Response[bytes]:
        """Take one step; what the simulator refuses is said above the desk."""
        try:
            if what == "faults":
                steer.plant_fault(
                    platform, who.actor, who.unit, channel, kind=form["kind"], verb=form["verb"],
                    number=form["number"].strip(), times=_number(form["times"], 1), seconds=_number(form["seconds"], 0),
                )  # fmt: skip
            elif what == "clear":
                steer.clear_faults(platform, who.actor, who.unit, channel)
            elif what == "shopper":
                steer.play_shopper(platform, who.actor, who.unit, channel, form["number"], form["action"])
            else:
                minutes = _number(form["minutes"], 0)
                by = timedelta(minutes=minutes) if form["minutes"] != "reset" else None
                steer.move_clock(platform, who.actor, who.unit, channel, by)
        except (steer.StepInvalid, SimulatorRefused, SimulatorUnreachable) as error:
            return page(request, who, channel, status=STATUS[error.kind], error=error)
        return see_other(who.url("developers", "simulator") + f"?channel={channel}", done="simulator_steered")

    @get("/u/{unit:str}/{mode:str}/developers/simulator", needs="simulator.use", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        enter(who)
        return page(request, who, request.query_params.get("channel", ""))

    @post("/u/{unit:str}/{mode:str}/developers/simulator/{channel:str}/{what:str}", needs="simulator.use",
          sync_to_thread=True)  # fmt: skip
    def take(request: AnyRequest, channel: FromPath[str], what: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        enter(who)
        if what not in DEEDS:
            raise NotYours()
        return step(request, who, channel, form, what)

    @post("/u/{unit:str}/{mode:str}/developers/simulator/{channel:str}/clock", needs="simulator.clock",
          sync_to_thread=True)  # fmt: skip
    def clock(request: AnyRequest, channel: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        enter(who)
        return step(request, who, channel, form, "clock")

    return [index, take, clock]


def _number(text: str, otherwise: int) -> int:
    """A small whole number of a form; nonsense is out of every range."""
    text = text.strip()
    if not text:
        return otherwise
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
