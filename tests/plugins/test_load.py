"""A plugin that cannot do its work is refused with words that say what is wrong."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from countermand.plugins.config import PluginConfig
from countermand.plugins.load import PAYMENT, PluginRefused, load_plugins, open_checked
from countermand.plugins.smtp import SmtpNotification


def entry(value: str) -> EntryPoint:
    return EntryPoint("broken", value, PAYMENT)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("countermand.no_such_module:load", "cannot be loaded"),
        ("countermand.plugins.sandbox.payment:no_such_name", "cannot be loaded"),
        ("countermand.plugins.load:PAYMENT", "not a function"),
        ("countermand.plugins.sandbox.fulfilment:load", "lacks idempotency_lasts, introduce, void, refund, observe"),
    ],
)
def test_a_plugin_that_does_not_fit_is_named(value: str, says: str, config: PluginConfig) -> None:
    with pytest.raises(PluginRefused, match=says):
        open_checked(PAYMENT, entry(value), config)


def test_loading_opens_nothing(config: PluginConfig) -> None:
    load_plugins(config)
    assert not Path(config.sandbox_path).exists()


def test_without_a_mail_server_there_is_no_notification(config: PluginConfig) -> None:
    assert load_plugins(config).notification() is None


def test_the_mail_server_is_opened_by_its_url(config: PluginConfig) -> None:
    with_mail = PluginConfig(
        config.sandbox_path, "smtp://127.0.0.1:2525?starttls=no", config.mail_from, config.clock, config.sleep
    )
    assert isinstance(load_plugins(with_mail).notification(), SmtpNotification)
