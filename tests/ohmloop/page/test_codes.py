"""The codes of converters on a page."""


def change_codes(tree):
    tree["runs"][0]["layers"][0]["adc_codes"] = [200, 0, 300, 498, 2]
    tree["runs"][0]["layers"][1]["adc_codes"] = [0, 0]  # nothing was converted
    tree["runs"][0]["layers"][2]["adc_codes"] = None


def rows_of(page, section):
    """Return the texts of the rows of the first table of a section."""
    body = page.partition(f'<section id="{section}">')[2].partition("</table>")[0]
    rows = body.partition("<tbody>")[2].split("<tr>")[1:]
    return [[cell.partition("</span>")[0] for cell in row.split("<span>")[1:]] for row in rows]


def test_shares_of_the_end_codes_are_told(page_of):
    text, tree = page_of("network", change_codes)
    first, *rest = rows_of(text, "codes")
    # by hand: 1000 conversions, the lowest code in 200 and the top one in 2 of them; code 3 in 498
    name = tree["runs"][0]["layers"][0]["name"]
    assert first == [name, "5", "1,000", "20.000", "0.200", "4", "3", "49.800"]
    assert [row[0] for row in rest] == [one["name"] for one in tree["runs"][0]["layers"][3:]]


def test_codes_of_a_run_add_up_to_its_conversions(page_of):
    for kind in ("bench", "network"):
        text, tree = page_of(kind)
        conversions = [int(row[2].replace(",", "")) for row in rows_of(text, "codes")]
        layers = [layer for run in tree["runs"] for layer in run["layers"]]
        assert conversions == [sum(one["adc_codes"]) for one in layers]
        if kind == "bench":
            assert conversions == [one["conversions"] for one in layers]
