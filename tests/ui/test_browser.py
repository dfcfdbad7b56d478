"""The console in a real browser: what it shows, what it runs (nothing), what a click decides."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import fill

SRC = Path(__file__).parents[2] / "src"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")

if not (BROWSER and DRIVER):
    missing = "no chromium with chromedriver on this machine: `apt-get install chromium chromium-driver`"
    if os.environ.get("FUKKATSU_REQUIRE_CHROMIUM"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing, allow_module_level=True)


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """Headless Chromium that asks nobody outside."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    profile = tmp_path_factory.mktemp("profile")
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1400,1000",
        f"--user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(DRIVER))
    found.set_page_load_timeout(60)
    yield found
    found.quit()


@pytest.fixture
def served(tmp_path):
    """The command itself over a SQLite store; yields its address, the store's URL, and the ids of its fixes."""
    from fukkatsu import Store

    url = f"sqlite:///{tmp_path / 'fixes.db'}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUKKATSU_STORE")}
    store = Store(url, unsigned=True)
    ids = fill(store)
    assert store.settle()
    command = [sys.executable, "-m", "fukkatsu", "ui", "--store", url, "--unsigned", "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment | {"PYTHONPATH": str(SRC)}, cwd=tmp_path
    )
    try:
        address = None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line):
                address = found[0]
                break
        assert address, process.poll()
        yield address, store, ids
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_a_person_reviews_and_decides(driver, served):
    """Overview, fix, approval, revocation, audit; the address no longer shows the token."""
    address, store, ids = served
    driver.get(address)
    assert "token" not in driver.current_url
    driver.find_element("link text", "shop.prices.unit_price").click()
    assert driver.find_element("css selector", "h1 .state").text == "pending"
    assert driver.find_elements("css selector", "tr.added td.new .k")  # `if` and `return`, highlighted
    colour = driver.find_element("css selector", "tr.added td.new").value_of_css_property("background-color")
    assert colour not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")  # the style sheet is at work
    driver.find_element("css selector", "button.approve").click()
    assert driver.find_element("css selector", "h1 .state").text == "active"
    assert store.record(ids["pending"]).fix.state == "active"
    driver.find_element("css selector", "form[action$=revoke] input[name=reason]").send_keys("rounds <b>wrongly</b>")
    driver.find_element("css selector", "button.revoke").click()
    assert driver.find_element("css selector", "h1 .state").text == "revoked"
    assert "rounds <b>wrongly</b>" in driver.find_element("tag name", "main").text
    driver.find_element("link text", "Audit").click()
    assert "entries holds" in driver.find_element("css selector", ".evidence").text


def test_a_suggestion_with_markup_in_it_stays_text(driver, served):
    """No script of its runs, no picture of its is asked for, and the browser had nothing to complain about."""
    address, _, ids = served
    driver.get(address)
    driver.get_log("browser")
    suggested = f"fixes/{ids['pending']}"
    for path in (
        "",
        f"fixes/{ids['hostile']}",
        f"fixes/{ids['revoked']}",
        suggested,
        f"failures/{ids['unmended']}",
        "audit",
    ):
        driver.get(address.partition("?")[0] + path)
        for summary in driver.find_elements("css selector", "details.attempt summary"):
            summary.click()
        assert "owned" not in driver.title
        assert not driver.find_elements("tag name", "script")
        assert not driver.find_elements("tag name", "img")
        assert "<script>document.title" in driver.find_element("tag name", "main").text
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_a_refused_suggestion_is_unfolded_by_a_click(driver, served):
    """Folded away it says by whom it was refused and why; unfolded each stage's verdict, and its text as text."""
    address, _, ids = served
    driver.get(address)
    driver.get(f"{address.partition('?')[0]}fixes/{ids['pending']}")
    first, second = driver.find_elements("css selector", "details.attempt")
    assert "refused by static" in first.text
    assert "line 3: eval is not allowed" in first.text
    assert not first.find_element("css selector", "table.diff").is_displayed()
    first.find_element("tag name", "summary").click()
    assert (
        "return eval('0.0')"
        in first.find_element("css selector", "table.diff td.new").find_element("xpath", "./ancestor::table").text
    )
    second.find_element("tag name", "summary").click()
    shown = second.find_element("css selector", "pre")
    assert shown.is_displayed()
    assert "<script>document.title = 'owned'</script>" in shown.text
    assert "owned" not in driver.title


def test_a_browser_that_was_not_invited_sees_nothing(driver, served):
    """The address without its token, after the cookies are gone."""
    address, _, ids = served
    driver.get(address)
    driver.delete_all_cookies()
    driver.get(address.partition("?")[0])
    assert "This console opens with the address" in driver.find_element("tag name", "body").text
    assert ids["pending"] not in driver.page_source
