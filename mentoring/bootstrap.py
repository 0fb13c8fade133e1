"""Makes the virtual environment, and finds a browser for the tests; runs on the system's Python, before anything else."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def install(kind):
    """Install requirements/<kind>.txt into the virtual environment, unless that is what it holds already."""
    requirements = ROOT / "requirements" / (kind + ".txt")
    stamp = VENV / ("installed-" + kind)
    wanted = fingerprint(requirements)
    if stamp.exists() and stamp.read_text() == wanted and works():
        return
    if not works():
        make_environment()
    print("Installing what requirements/%s.txt names; the first time this takes some minutes …" % kind, flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.call([*pip, "--requirement", str(requirements)]) != 0:
        sys.exit("The dependencies could not be installed; the reason stands above.")
    stamp.write_text(wanted)
    if kind == "dev":
        # The development requirements hold all of the others, at the same versions.
        (VENV / "installed-run").write_text(fingerprint(ROOT / "requirements" / "run.txt"))


def fingerprint(requirements):
    """What the stamp says: these requirements, for this Python."""
    return hashlib.sha256(requirements.read_bytes()).hexdigest() + " %d.%d" % sys.version_info[:2]


def works():
    """Whether the environment is whole: a start that was interrupted, or a Python that is gone, leaves one that isn't."""
    check = "import pip, sys; sys.exit(sys.version_info[:2] != (%d, %d))" % sys.version_info[:2]
    try:
        return subprocess.call([str(PYTHON), "-c", check], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment():
    """Make .venv anew; Debian keeps the needed part of Python in a package of its own."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode == 0:
        return
    packages = ["python3-venv", "python%d.%d-venv" % sys.version_info[:2]]
    if not (may_install() and (apt_install(packages) or apt_install(packages[:1]))):
        sys.exit(
            "Python cannot make a virtual environment here: install its venv part "
            "(on Debian and Ubuntu: sudo apt-get install %s) and run this again.\n%s"
            % (packages[0], done.stdout.strip())
        )
    if subprocess.call(command) != 0:
        sys.exit("Python still cannot make a virtual environment in %s; the reason stands above." % VENV)


def may_install():
    """Whether this is the administrator of a machine with Debian's package manager."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages):
    """Install packages of the system; whether that worked."""
    print("Installing %s through apt-get …" % " ".join(packages), flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install_them = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install_them):
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode != 0:
            print(done.stdout, flush=True)
            return False
    return True


def provide_browser():
    """Have what the browser tests need, or say loudly what is missing."""
    missing = browser_packages()
    if missing and may_install() and apt_install(missing):
        missing = browser_packages()
    if not missing:
        return
    how = "brew install --cask chromium" if sys.platform == "darwin" else "sudo apt-get install " + " ".join(missing)
    line = "!" * 100
    print(line)
    print("Chromium, or a library that drives it, is missing on this machine and could not be installed from here.")
    print("NO BROWSER TEST CAN RUN. To have them run: %s" % how)
    print(line, flush=True)


def browser_packages():
    """The packages of Debian that the browser tests lack: Chromium, and what Playwright's own program is linked to."""
    missing = [] if find_browser() else ["chromium"]
    driver = [str(PYTHON), "-m", "playwright", "--version"]
    if subprocess.call(driver, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
        missing.append("libatomic1")
    return missing


def find_browser():
    """The path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in BROWSERS] + list(MAC_BROWSERS)
    return next((path for path in found if path and os.access(path, os.X_OK)), None)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  (this file alone meets older ones)
        sys.exit("Python 3.11 or later is needed; this is %s." % sys.version.split()[0])
    for task in sys.argv[1:]:
        provide_browser() if task == "browser" else install(task)
