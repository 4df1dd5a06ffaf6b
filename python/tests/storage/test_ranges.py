"""Ranges that lie near each other are read together; what is read besides stays small."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from dvdata.storage import runs_of


@dataclass(frozen=True)
class Piece:
    at: int
    size: int


PIECES = st.lists(st.builds(Piece, st.integers(0, 50_000_000), st.integers(1, 200_000)), max_size=40)


@given(PIECES, st.integers(0, 1_000_000), st.integers(200_000, 20_000_000))
def test_each_piece_is_in_one_run_and_all_of_it(pieces: list[Piece], gap: int, most: int) -> None:
    runs = runs_of(pieces, gap, most)
    assert sorted(piece.at for run in runs for piece in run.items) == sorted(piece.at for piece in pieces)
    for run in runs:
        assert run.length <= most
        for piece in run.items:
            assert run.at <= piece.at
            assert piece.at + piece.size <= run.at + run.length


def covered(pieces: tuple[Piece, ...]) -> int:
    """How many bytes are in any of the pieces."""
    total = end = 0
    for piece in sorted(pieces, key=lambda piece: piece.at):
        total += max(piece.at + piece.size - max(piece.at, end), 0)
        end = max(end, piece.at + piece.size)
    return total


# Near each other: gaps are closed, many to a run.
NEAR = st.lists(st.builds(Piece, st.integers(0, 2_000_000), st.integers(1, 20_000)), max_size=60)


@given(st.one_of(PIECES, NEAR), st.integers(0, 1_000_000))
def test_no_more_is_thrown_away_than_is_wanted_or_a_little(pieces: list[Piece], gap: int) -> None:
    for run in runs_of(pieces, gap, 10**9):
        wanted = covered(run.items)
        assert run.length - wanted <= max(wanted, 64 * 1024)


def test_neighbours_are_one_request_and_strangers_are_two() -> None:
    near = [Piece(0, 100_000), Piece(100_000, 100_000), Piece(250_000, 100_000)]
    assert len(runs_of(near, 512 * 1024, 8 << 20)) == 1
    assert len(runs_of([Piece(0, 10), Piece(10_000_000, 10)], 512 * 1024, 8 << 20)) == 2
