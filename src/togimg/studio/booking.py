"""What the ledger is told of a job before its request goes out."""

from togimg import catalogue, recipe
from togimg.ledger import Intent, Pending, fingerprint
from togimg.request import Job, body
from togimg.studio.bench import Bench
from togimg.studio.places import Place


def intend(job: Job, place: Place, bench: Bench) -> Pending:
    """Writes down that the job is about to be asked for; its outcome is for whoever learns it."""
    if bench.ledger is None:
        return Pending()
    request = job.request
    extension = job.target.extension
    digests = map(bench.references.digest, request.images)
    return bench.ledger.intend(
        Intent(
            fingerprint=fingerprint(body(request, digests)),
            requested=recipe.without_bytes(body(request)),
            folder=job.target.folder,
            path=place.path(extension) if extension else None,
            cost=_cost(job),
        )
    )


def _cost(job: Job) -> float | None:
    """The estimate for all pictures of the reply: `--param n=…` asks for several."""
    price = catalogue.price(job.request)
    count = dict(job.request.params).get("n", 1)
    several = count if type(count) is int and count > 0 else 1
    return None if price is None else round(price * several, 6)
