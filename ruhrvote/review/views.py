"""Pages of the review: overview, charts with their files, comparisons, the report, and feedback to voters."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments.attribution import shown_as
from ruhrvote.consultations.queries import consultations, get_consultation
from ruhrvote.drafts.workspace import open_workspace
from ruhrvote.errors import Conflict, Unknown
from ruhrvote.leaderboards.breakdown import Dimension
from ruhrvote.review.charts.breakdown import DIMENSIONS
from ruhrvote.review.charts.chart import TITLES, Chart, make_chart
from ruhrvote.review.compare import (
    WEIGHTINGS,
    Comparison,
    ComparisonKind,
    compare,
    group_side,
    round_side,
    weighting_name,
    weighting_side,
)
from ruhrvote.review.feedback import feedback_of
from ruhrvote.review.figures import Basis, basis_of, group_name
from ruhrvote.review.files import as_csv, as_png, as_svg
from ruhrvote.review.methods import METHODS, method_side, robustness_of, score_side
from ruhrvote.review.overview import make_overview
from ruhrvote.review.shortlist.texts import STEPS
from ruhrvote.web import attachment, localised, render, show_page

blueprint = Blueprint("review", __name__)


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """Functions and values for all templates: names of groups and charts."""
    return {"group_name": group_name, "chart_titles": TITLES}


@blueprint.get("/consultations/<key>/review")
@allow(Permission.REVIEW)
def overview(key: str) -> str:
    """Show participation, completeness of the ballots, and pending work."""
    basis = basis_of(get_consultation(key))
    made = make_overview(basis, current_account())
    course = make_chart("turnout", basis)
    return render_template(
        "review/overview.html",
        consultation=basis.consultation,
        overview=made,
        picture=course,
        basis=basis,
        dimension=None,
    )


@blueprint.get("/consultations/<key>/review/pictures")
@allow(Permission.REVIEW)
def pictures(key: str) -> BaseResponse:
    """Redirect to the first chart of priorities."""
    return redirect(url_for(".picture", key=get_consultation(key).key, name="bars"), 303)


@blueprint.get("/consultations/<key>/review/pictures/<name>")
@allow(Permission.REVIEW)
def picture(key: str, name: str) -> Response:
    """Show a chart with its sentence, table and files; htmx polls the fragment while data are being computed."""
    basis, dimension, made = _chart(key, name)
    return render(
        "review/picture.html",
        "review/_picture.html",
        consultation=basis.consultation,
        basis=basis,
        picture=made,
        dimension=dimension if name == "firms" else None,
        dimensions=DIMENSIONS,
    )


@blueprint.get("/consultations/<key>/review/pictures/<name>.<any(svg, png, csv):form>")
@allow(Permission.REVIEW)
def file(key: str, name: str, form: str) -> Response:
    """Download a chart as a file."""
    basis, dimension, made = _chart(key, name)
    if made.wide is None:
        raise Conflict(_l("There is nothing to draw yet. The page of the picture says when there will be."))
    part = f"-{dimension}" if name == "firms" else ""
    saved_as = f"ruhrvote-{key}-{name}{part}.{form}"
    match form:
        case "svg":
            return attachment(as_svg(made, basis.board), saved_as, "image/svg+xml; charset=utf-8")
        case "png":
            return attachment(as_png(made, basis.board), saved_as, "image/png")
        case _:
            return attachment(as_csv(made, basis.board), saved_as, "text/csv; charset=utf-8")


def _chart(key: str, name: str) -> tuple[Basis, Dimension, Chart]:
    consultation, by = get_consultation(key), request.args.get("by", Dimension.CHAMBER_TYPE)
    if name not in TITLES or by not in list(Dimension):
        raise Unknown(_l("There is no picture at this address. The overview leads to all of them."))
    basis = basis_of(consultation, with_intervals=name == "bars")
    return basis, Dimension(by), make_chart(name, basis, Dimension(by))


@blueprint.get("/consultations/<key>/review/compare")
@allow(Permission.REVIEW)
def comparing(key: str) -> Response:
    """Compare two boards of the same ideas, as the address names them."""
    basis = basis_of(get_consultation(key), with_intervals=True)
    wanted = request.args.get("of", ComparisonKind.GROUPS)
    of = ComparisonKind(wanted) if wanted in list(ComparisonKind) else ComparisonKind.GROUPS
    choices = _choices(of, basis)
    left, right = (request.args.get(side, "") for side in ("left", "right"))
    left = left if left in choices else next(iter(choices), "")
    right = right if right in choices and right != left else next((name for name in choices if name != left), "")
    later = of in (ComparisonKind.WEIGHTINGS, ComparisonKind.METHODS) and not basis.ended
    comparison = None if basis.empty or later or not right else _compared(of, basis, left, right)
    robust = None if basis.empty or not basis.ended else robustness_of(basis)
    return show_page(
        "review/compare.html",
        consultation=basis.consultation,
        basis=basis,
        of=of,
        choices=choices,
        left=left,
        right=right,
        later=later,
        comparison=comparison,
        robust=robust,
        methods=METHODS,
    )


def _choices(of: ComparisonKind, basis: Basis) -> dict[str, str]:
    """The names of the boards that can be compared, by their name in the address."""
    match of:
        case ComparisonKind.GROUPS:
            return {name: group_name(name) for name in basis.group_rows}
        case ComparisonKind.WEIGHTINGS:
            return {str(name): weighting_name(name) for name in WEIGHTINGS}
        case ComparisonKind.METHODS:
            return {name: str(title) for name, title in METHODS.items()}
        case ComparisonKind.ROUNDS:
            own = basis.consultation
            others = [other for other in consultations() if other.id != own.id]
            return {one.key: localised(one, "title") for one in (own, *others)}


def _compared(of: ComparisonKind, basis: Basis, left: str, right: str) -> Comparison | None:
    match of:
        case ComparisonKind.GROUPS:
            return compare(group_side(basis, left), group_side(basis, right))
        case ComparisonKind.WEIGHTINGS:
            return compare(weighting_side(basis, left), weighting_side(basis, right))
        case ComparisonKind.METHODS:
            sides = [score_side(basis) if name == "score" else method_side(basis, name) for name in (left, right)]
            return compare(*sides)
        case ComparisonKind.ROUNDS:
            bases = [
                basis if key == basis.consultation.key else basis_of(get_consultation(key)) for key in (left, right)
            ]
            return None if any(one.empty for one in bases) else compare(*map(round_side, bases))


@blueprint.get("/consultations/<key>/report")
@allow(Permission.REVIEW)
def report(key: str) -> Response:
    """Show the forms of the report, and whether data for it are still being computed."""
    consultation = get_consultation(key)
    basis = basis_of(consultation, with_intervals=True)
    return show_page("review/report.html", consultation=consultation, basis=basis)


@blueprint.get("/consultations/<key>/ballot/feedback")
@allow(Permission.VOTE)
def feedback(key: str) -> Response:
    """Show the own order beside the others', replies to the own comments, and what happens next."""
    account = current_account()
    work = open_workspace(key, account)
    if work.consultation.published_at is None:
        raise Conflict(_("Your order stands beside that of the region as soon as the result is published."))
    return show_page(
        "review/feedback.html",
        consultation=work.consultation,
        work=work,
        feedback=feedback_of(work, account),
        steps=STEPS,
        shown_as=shown_as,
    )
