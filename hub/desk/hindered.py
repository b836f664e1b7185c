"""What hinders the hub, in the words and errors that a hosted door knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from channels.errors import PermanentError, TransientError
from hub.entry.intake import NoRoom
from hub.errors import NotAllowed, OperationRefused
from hub.store.errors import BlobsAway, NoBytes, NotWhole, StoreError, StoreFull


@contextmanager
def told() -> Iterator[None]:
    """What hinders us in words for the partner: TransientError and PermanentError."""
    try:
        yield
    except NoRoom as error:
        raise TransientError(f"{error} Try again later.", error.seconds) from error
    except StoreFull as error:
        raise TransientError("The hub has no room on its disk. Try again later.") from error
    except NoBytes as error:
        raise PermanentError("These bytes are not there any more.") from error
    except NotWhole as error:
        raise PermanentError(f"This is not all of the file: {error}. Send it again.") from error
    except BlobsAway as error:
        raise TransientError("The hub's storage of larger files does not answer. Try again later.") from error
    except StoreError as error:
        raise TransientError("The hub can store nothing at the moment. Try again later.") from error
    except (NotAllowed, OperationRefused) as error:
        raise PermanentError(str(error)) from error
