"""Finding plugins by entry point: opened when first asked for, checked against their protocol, kept."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from countermand.plugins.config import PluginConfig
from countermand.plugins.protocols import FulfilmentPlugin, NotificationPlugin, PaymentPlugin, PlatformPlugin

PAYMENT = "countermand.payment"
FULFILMENT = "countermand.fulfilment"
PLATFORM = "countermand.platform"
NOTIFICATION = "countermand.notification"

PROTOCOLS: dict[str, type] = {
    PAYMENT: PaymentPlugin,
    FULFILMENT: FulfilmentPlugin,
    PLATFORM: PlatformPlugin,
    NOTIFICATION: NotificationPlugin,
}


class PluginRefused(Exception):
    """A plugin that cannot be used: its entry point fails to load, or what it makes lacks a method."""


class Plugins:
    """The plugins of this installation. An entry point names a function that takes a `PluginConfig`."""

    def __init__(self, config: PluginConfig, found: dict[str, dict[str, EntryPoint]]) -> None:
        self._config = config
        self._found = found
        self._open: dict[tuple[str, str], object] = {}

    def payment(self, name: str) -> PaymentPlugin | None:
        """The payment plugin of this name; None = there is none, so a person moves the money."""
        return cast(PaymentPlugin | None, self._get(PAYMENT, name))

    def fulfilment(self, name: str) -> FulfilmentPlugin | None:
        return cast(FulfilmentPlugin | None, self._get(FULFILMENT, name))

    def platform(self, name: str) -> PlatformPlugin | None:
        return cast(PlatformPlugin | None, self._get(PLATFORM, name))

    def notification(self) -> NotificationPlugin | None:
        """Where letters leave through; None = no SMTP server is configured, so they wait in the outbox."""
        if self._config.smtp_url is None:
            return None
        return cast(NotificationPlugin | None, self._get(NOTIFICATION, self._config.notification))

    def names(self, group: str) -> tuple[str, ...]:
        """The names a group offers, for help texts."""
        return tuple(sorted(self._found[group]))

    def close(self) -> None:
        """Let the opened plugins close what they hold, where they have a `close`; they may be opened again."""
        for plugin in self._open.values():
            closer = getattr(plugin, "close", None)
            if callable(closer):
                closer()
        self._open.clear()

    def _get(self, group: str, name: str) -> object | None:
        if (group, name) not in self._open:
            entry = self._found[group].get(name)
            if entry is None:
                return None
            self._open[group, name] = open_checked(group, entry, self._config)
        return self._open[group, name]


def open_checked(group: str, entry: EntryPoint, config: PluginConfig) -> object:
    """The plugin behind an entry point.

    Errors: PluginRefused, naming the entry point and every method that is missing.
    """
    try:
        factory: Callable[[PluginConfig], object] = entry.load()
    except (ImportError, AttributeError) as error:
        raise PluginRefused(f"{group}: {entry.name} = {entry.value} cannot be loaded: {error}") from error
    if not callable(factory):
        raise PluginRefused(f"{group}: {entry.name} = {entry.value} is not a function of a PluginConfig")
    plugin = factory(config)
    protocol = PROTOCOLS[group]
    if not isinstance(plugin, protocol):
        wanted = [word for word in vars(protocol) if not word.startswith("_")]
        missing = ", ".join(word for word in wanted if not hasattr(plugin, word))
        raise PluginRefused(f"{group}: {entry.name} = {entry.value} is no {protocol.__name__}: it lacks {missing}")
    return plugin


def load_plugins(config: PluginConfig) -> Plugins:
    """Every plugin that is installed, found and not yet opened.

    Errors: PluginRefused if two distributions claim one name.
    """
    found: dict[str, dict[str, EntryPoint]] = {}
    for group in PROTOCOLS:
        named: dict[str, EntryPoint] = {}
        for entry in entry_points(group=group):
            if entry.name in named and named[entry.name].value != entry.value:
                both = f"{named[entry.name].value} and {entry.value}"
                raise PluginRefused(f"{group}: {entry.name} is claimed by {both}")
            named[entry.name] = entry
        found[group] = named
    return Plugins(config, found)
