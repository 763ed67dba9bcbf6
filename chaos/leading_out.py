"""Names that lead out of where portfolios may lie: B09."""

from pathlib import Path

from chaos.case import Case, Lab, demand
from chaos.desk import PATH, Desk
from chaos.hostile_csv import GOOD
from local.key import CLIENT

#: URIs that must not be taken, whatever prefix is allowed; {books} is one that is.
LEADING_OUT = (
    "file:///etc/passwd",
    "file:/etc/passwd",
    "file://localhost/etc/passwd",
    "/etc/passwd",
    "{books}../secret.csv",
    "{books}x/../../secret.csv",
    "{books}./../secret.csv",
    "{books}%2e%2e/secret.csv",
    "{books}..%2fsecret.csv",
    "{books}%252e%252e/secret.csv",
    "{books}..\\secret.csv",
    "{books}/secret.csv",
    "{books}x.csv\0",
    "{books}x.csv?versionId=1",
    "{books}x.csv#y",
    "{books}" + "x" * 4_096,
    "{another}book.csv",
    "s3://another-bucket/x.csv",
    "http://169.254.169.254/latest/meta-data/",
)
#: Names under which a file is sent.
FILE_NAMES = (
    "../../../x.csv",
    "/etc/cron.d/x.csv",
    "..\\..\\x.csv",
    "%2e%2e%2fx.csv",
    ".csv",
    "~/x.csv",
)
#: Paths below /v1/campaigns; {id} is a campaign.
PATHS = (
    "..%2f..%2fredis",
    "%2e%2e%2f%2e%2e%2fredis/results",
    "ca_..%2f..%2f..%2fetc%2fpasswd/results",
    "{id}%2f..%2f{id}/results",
    "{id}%00/results",
    "{id}/..%2fportfolio",
    "{id}/portfolio",
    "{id}/plan.json",
    "{id}/model%2fmodel.joblib",
    "{id}/parts%2f000000-results",
)
SECRET = b"canary-4711"


def outside(lab: Lab) -> str:
    """B09."""
    desk = Desk(lab.rig)
    books, refused = f"file://{lab.rig.books}/{CLIENT}/", 0
    another = f"file://{lab.rig.books}/another/"
    for uri in LEADING_OUT:
        sent = uri.format(books=books, another=another)
        answer = desk.http.post(PATH, json={"input": {"uri": sent}}, params={"format": "csv"})
        demand(answer.status_code in {400, 422}, f"{uri} was answered {answer.status_code}")
        refused += 1
    linked = _linked(desk)
    named = [
        desk.accepted(desk.http.post(PATH, files={"file": (name, GOOD)})) for name in FILE_NAMES
    ]
    for campaign in named:
        desk.succeeded(campaign)
    for path in PATHS:
        answer = desk.http.get(f"{PATH}/{path.format(id=named[0])}")
        demand(answer.status_code == 404, f"{path} was answered {answer.status_code}")
    strange = desk.post(GOOD, compare_with="../../redis")
    demand(strange.status_code in {400, 422}, f"compare_with: {strange.status_code}")
    ids = {*linked, *named}
    for folder in (lab.rig.service.settings.storage_folder / "campaigns").iterdir():
        demand(folder.name.startswith("ca_"), f"{folder.name} lies among the campaigns")
    read = [one for one in desk.stored() if one.is_file() and SECRET in one.read_bytes()]
    demand(not read, f"{len(read)} files were copied from outside")
    return (
        f"{refused} x 422 or 400 for URIs, {len(linked)} links that lead out"
        f" failed (input-unreadable), one that stays below followed; {len(named)} file names stored"
        f" in their campaigns' folders; {len(PATHS)} x 404 for ids and files; nothing from outside"
        f" in the {len(ids)} folders"
    )


def _linked(desk: Desk) -> list[str]:
    """Name links that lead out of the prefix, and one that does not.

    Returns:
        The campaigns that could not fetch what they named.
    """
    books = desk.rig.books / CLIENT
    (books / "below").mkdir(parents=True)
    (books / "below" / "book.csv").write_bytes(GOOD)
    (desk.rig.books / "secret.csv").write_bytes(GOOD.replace(b"\na,", b"\n%s," % SECRET))
    links = {
        "relative.csv": "../secret.csv",
        "absolute.csv": str(desk.rig.books / "secret.csv"),
        "folder": "..",
        "loop.csv": "loop.csv",
        "device.csv": "/dev/zero",
    }
    for name, target in links.items():
        (books / name).symlink_to(target)
    (books / "current").symlink_to("below")
    desk.succeeded(_fetched(desk, books / "current" / "book.csv"))
    names = [name for name in links if name != "folder"] + ["folder/secret.csv"]
    campaigns = [_fetched(desk, books / name) for name in names]
    codes = {desk.failed(campaign) for campaign in campaigns}
    demand(codes == {"input-unreadable"}, f"links that lead out: {codes}")
    return campaigns


def _fetched(desk: Desk, path: Path) -> str:
    return desk.accepted(desk.http.post(PATH, json={"input": {"uri": f"file://{path}"}}))


CASE = Case("B09", "URIs, file names, ids and links that lead elsewhere", outside)
