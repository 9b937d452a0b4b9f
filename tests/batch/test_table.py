"""A table has a header; its columns are flags, the id, or one's own."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobfile import good, only, read
from togimg.batch import Bad, Row, rows
from togimg.errors import UsageError

UTF8 = "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
FOX = Row(2, None, {"prompt": "fox", "steps": "6"}, {})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("jobs.csv", "prompt,steps\nfox,6\n"),
        ("JOBS.CSV", "prompt,steps\r\nfox,6"),
        ("jobs.csv", "\ufeffPrompt , STEPS\n fox , 6 \n"),
        ("jobs.csv", "prompt;steps\nfox;6\n"),
        ("jobs.csv", "prompt\tsteps\nfox\t6\n"),
        ("jobs.tsv", "prompt\tsteps\nfox\t6\n"),
        ("jobs.csv", '"prompt","steps"\r"fox", "6"\r'),
        ("jobs.csv", "prompt,steps,\nfox,6,,,,\n"),
        ("-", "prompt,steps\nfox,6\n"),
        ("jobs", "steps;prompt\n6;fox\n"),
        ("jobs.csv", "prompt,Number of pictures; n,steps\nfox,,6\n"),
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(name: str, content: str) -> None:
    (row,) = good(content, name)

    assert (row.number, row.values) == (FOX.number, FOX.values)


@pytest.mark.parametrize("said", ["sep=;", "SEP=;", '"sep=;"', "sep=|"])
@pytest.mark.parametrize("name", ["jobs.csv", "-"])
def test_excel_s_first_line_tells_the_delimiter(said: str, name: str) -> None:
    delimiter = said.strip('"')[-1]

    assert read(f"{said}\r\nprompt{delimiter}steps\r\nfox, red{delimiter}6\r\n", name) == [
        Row(3, None, {"prompt": "fox, red", "steps": "6"}, {})
    ]


@pytest.mark.parametrize(
    ("header", "flag"),
    [
        ("guidance-scale", "guidance_scale"),
        ("Guidance Scale", "guidance_scale"),
        ("--guidance-scale", "guidance_scale"),
        ("guidanceScale", "guidance_scale"),
        ("image-url", "image"),
        ("reference_images", "image"),
        ("image_loras", "lora"),
        ("n", "count"),
        ("Params", "param"),
        ("on exists", "on_exists"),
    ],
)
def test_a_column_is_known_by_any_spelling_of_a_flag(header: str, flag: str) -> None:
    assert only(f"prompt,{header}\nfox,x\n", "jobs.csv") == Row(
        2, None, {"prompt": "fox", flag: "x"}, {}
    )


def test_other_columns_are_ones_own_and_an_empty_cell_says_nothing() -> None:
    content = (
        "ID,prompt,The  Animal,steps,Größe,reason,outcome\n"
        "a-1,fox,red fox,6,10 cm,refused by the service,refused\n"
        ", ,,\n"
        " ,owl,,\n"
    )

    assert read(content, "jobs.csv") == [
        Row(2, "a-1", {"prompt": "fox", "steps": "6"}, {"the_animal": "red fox", "größe": "10 cm"}),
        Row(4, None, {"prompt": "owl"}, {"the_animal": "", "größe": ""}),
    ]


def test_a_row_is_named_by_the_line_it_begins_at() -> None:
    content = 'prompt,image\n"a fox\nin the snow","a.png\r\nb.png"\n\nowl,c.png\n'

    assert read(content, "jobs.csv") == [
        Row(2, None, {"prompt": "a fox\nin the snow", "image": "a.png\r\nb.png"}, {}),
        Row(6, None, {"prompt": "owl", "image": "c.png"}, {}),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "a fox, in the snow,6\n",
            Bad(
                2,
                "3 cells under 2 columns",
                "put quotes around a cell that has the delimiter in it",
            ),
        ),
        (
            '"a "red" fox",6\n',
            Bad(2, "there is text after a closing quote", 'inside quotes, write "" for a quote'),
        ),
        (
            b"f\xfcchse,6\n",
            Bad(
                2,
                "the line is not UTF-8 text",
                UTF8,
            ),
        ),
        (
            "a fox\rin the snow,6\n",
            Bad(
                2,
                "there is a carriage return outside quotes",
                "put quotes around a cell that has one in it",
            ),
        ),
        (b"fox\0,6\n", Bad(2, "the line has a NUL in it", UTF8)),
    ],
)
def test_a_bad_row_is_named_and_reading_goes_on(content: str | bytes, expected: Bad) -> None:
    line = content.encode() if isinstance(content, str) else content

    assert read(b"prompt,steps\n" + line + b"owl,6\n", "jobs.csv") == [
        expected,
        Row(3, None, {"prompt": "owl", "steps": "6"}, {}),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("prompt,\nfox,6\n", "2 cells under 1 column"),
        ("prompt,steps\nfox,6,7\n", "3 cells under 2 columns"),
    ],
)
def test_a_cell_under_no_name_is_a_bad_row(content: str, message: str) -> None:
    hint = "put quotes around a cell that has the delimiter in it"

    assert only(content, "jobs.csv") == Bad(2, message, hint)


FILL = 'name the column that says what to draw, or --prompt "a {animal} in the snow"'


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("animal,steps", FILL),
        ("steps;animal;place", FILL),
        ("id,steps", "name the column that says what to draw, or --prompt for all rows"),
    ],
)
def test_a_table_without_prompts_says_so_once(header: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        read(f"{header}\nfox\nowl\n", "jobs.csv")

    assert (error.value.message, error.value.hint) == ("jobs.csv has no column prompt", hint)


@pytest.mark.parametrize(
    ("header", "prompt", "worded"),
    [("animal", "a {animal}", False), ("animal", None, True), ("animal,param", None, False)],
)
def test_a_table_without_prompts_is_read_where_rows_need_none(
    header: str, prompt: str | None, worded: bool
) -> None:
    found = rows(io.BytesIO(f"{header}\nfox\n".encode()), "a.csv", prompt=prompt, worded=worded)

    assert list(found) == [Row(2, None, {}, {"animal": "fox"})]


@pytest.mark.parametrize("header", ["animal", "Animal,steps", "The Animal;place"])
def test_a_prompt_that_names_a_column_makes_a_table_of_lines(header: str) -> None:
    stream = io.BytesIO(f"{header}\nfox\n".encode())

    (row,) = rows(stream, "-", prompt="a {Animal} or {the-animal} in {{snow}}")

    assert (row.number, isinstance(row, Row) and next(iter(row.columns.values()))) == (2, "fox")


@pytest.mark.parametrize("header", ["animal,steps", "id;animal", "Guidance Scale\tplace", "n,seed"])
def test_what_looks_like_a_header_is_not_read_as_prompts(header: str) -> None:
    with pytest.raises(UsageError) as error:
        read(f"{header}\nfox,4\n", "-")

    assert (error.value.message, error.value.hint) == (
        "stdin begins with what looks like names of columns, and none is prompt",
        "--format csv reads it as a table, --format txt as a prompt a line",
    )


@pytest.mark.parametrize(
    "line", ["steps", "a fox, steps", "fox,owl", "steps, at dusk", "seed: a fox, size"]
)
def test_what_does_not_look_like_a_header_is_a_prompt(line: str) -> None:
    assert read(line, "-") == [Row(1, None, {"prompt": line}, {})]


@pytest.mark.parametrize(("name", "called"), [("jobs.txt", "jobs.txt"), ("-", "stdin")])
def test_a_prompt_for_lines_that_are_prompts_is_refused(name: str, called: str) -> None:
    with pytest.raises(UsageError) as error:
        list(rows(io.BytesIO(b"fox\nowl\n"), name, prompt="a {animal}"))

    assert (error.value.message, error.value.hint) == (
        f"--prompt is for rows that have none, and every line of {called} is one",
        "leave it out, or --format csv if the first line names columns",
    )


def test_a_quote_that_is_never_closed_is_named_by_its_row() -> None:
    assert read('prompt\nfox\n"owl\nhare\n', "jobs.csv") == [
        Row(2, None, {"prompt": "fox"}, {}),
        Bad(3, "a quote that is opened here is never closed", 'close it with "'),
    ]


def test_a_quote_that_is_never_closed_does_not_fill_the_memory() -> None:
    lines = ("x" * 999 + "\n") * 20_000

    first, *_, last = read(f'prompt\n"owl\n{lines}hare\n', "jobs.csv")

    assert first == Bad(2, "a quote that is opened here is never closed", 'close it with "')
    assert last == Row(20_003, None, {"prompt": "hare"}, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "jobs.csv has no header"),
        ("\n \r\n", "jobs.csv has no header"),
        ("sep=;\n", "jobs.csv has no header"),
        ("Steps,prompt,--steps\n", "jobs.csv has two columns for the same: Steps and --steps"),
        ("image,image_url\n", "jobs.csv has two columns for the same: image and image_url"),
        ("animal,Animal \n", "jobs.csv has two columns for the same: animal and Animal"),
        ("id,ID\n", "jobs.csv has two columns for the same: id and ID"),
        (
            '"prompt\n',
            "the header of jobs.csv cannot be read: a quote that is opened here is never closed",
        ),
        (b"pr\xf6mpt\n", "the header of jobs.csv cannot be read: the line is not UTF-8 text"),
    ],
)
def test_a_header_that_cannot_be_meant_is_an_error(content: str | bytes, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read(content, "jobs.csv")

    assert error.value.message == message


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0")).map(str.strip)


@given(
    st.lists(st.tuples(cell, cell, cell).filter(any), max_size=5),
    st.sampled_from([",", ";", "\t"]),
    # With \n between lines, some versions of Python leave a lone \r without quotes.
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL)]),
)
def test_what_the_csv_module_writes_reads_back(
    said: list[tuple[str, str, str]], delimiter: str, dialect: tuple[str, int]
) -> None:
    end, quoting = dialect
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("prompt", "animal", "id"), *said])

    found = good(written.getvalue(), "jobs.csv")

    assert [
        (row.values.get("prompt", ""), row.columns["animal"], row.id or "") for row in found
    ] == said
