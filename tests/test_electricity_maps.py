import doctest
import re
import sys

import pytest

import geofront as gf
from geofront.errors import GeofrontError
from geofront.inputs.electricity_maps import COLUMNS, read_export, tidy_hours

OLD = (
    "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),"
    "Carbon Intensity gCO₂eq/kWh (LCA),Low Carbon Percentage,Renewable Percentage,Data Source,Data Estimated,"
    "Data Estimation Method"
)
NEW = (
    "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
    "Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),"
    "Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method"
)
ZONES = {"DE": "eu-frankfurt", "FR": "eu-paris"}
STATED = {"timezone": "Europe/Paris", "usd_per_unit": 2.0}


@pytest.fixture
def csv(tmp_path):
    """Writes a CSV of rows of values."""

    def write(name, header, rows):
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        (tmp_path / name).write_text("\n".join([*lines, ""]), encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def export(csv):
    """Writes four hours of each zone: 10, 11, … g/kWh for the first zone, 20, 21, … for the second."""

    def write(name, *zones, header=NEW, minutes="00"):
        return csv(
            name,
            header,
            (
                (f"2024-01-01 0{hour}:{minutes}:00", "Land", "Zone", zone, hour, 10 * n + hour, 90, 30, "", "false", "")
                for n, zone in enumerate(zones, 1)
                for hour in range(4)
            ),
        )

    return write


@pytest.fixture
def two_zones(export):
    return export("zones.csv", "FR", "DE")


@pytest.fixture
def prices(csv):
    """Prices in Paris time, which is UTC + 1 h, of a region and a zone; the zone's last one is missing."""
    rows = [(f"2024-01-01 0{hour}:00", hour, 50 + hour if hour < 4 else "") for hour in range(1, 5)]
    return csv("prices.csv", "Datetime,eu-paris,DE", rows)


@pytest.mark.parametrize("header", [OLD, NEW], ids=["old", "new"])
def test_both_headers_are_known(export, header):
    table = read_export(export("export.csv", "FR", header=header))
    assert table.columns.tolist() == list(COLUMNS)
    assert str(table["utc"].iloc[1]) == "2024-01-01 01:00:00+00:00"
    assert table["zone"].eq("FR").all()
    assert table["carbon_avg_g_per_kwh"].tolist() == [10, 11, 12, 13]
    assert table["carbon_direct_g_per_kwh"].tolist() == [0, 1, 2, 3]


def test_export_and_prices_become_hours(two_zones, prices):
    real = gf.hours(two_zones, prices=prices, zones=ZONES, **STATED)
    assert real.region.values.tolist() == ["eu-frankfurt", "eu-paris"]
    assert [str(hour)[:16] for hour in real.hour.values[[0, -1]]] == ["2024-01-01T00:00", "2024-01-01T03:00"]
    assert real.price.values.tolist() == [[102, 104, 106, 106], [2, 4, 6, 8]]
    assert real.carbon_average.values.tolist() == [[20, 21, 22, 23], [10, 11, 12, 13]]
    assert real.price_filled.values.tolist() == [[False, False, False, True], [False] * 4]
    assert real.price.units == "USD/MWh"
    assert real.source == "zones.csv"


def test_zones_keep_their_names_by_default(two_zones, csv):
    wide = csv("wide.csv", "utc,DE,FR", [(f"2024-01-01 0{hour}:00", 1, 2) for hour in range(4)])
    real = gf.hours(two_zones, prices=wide, timezone="UTC", usd_per_unit=1)
    assert real.region.values.tolist() == ["FR", "DE"]
    assert real.price.values.tolist() == [[2] * 4, [1] * 4]


def test_several_files_time_zones_and_currencies(export, csv):
    files = {
        "paris": csv("eur.csv", "Datetime,Price (EUR/MWh)", [(f"2024-01-01 0{h}:00", 7) for h in range(1, 5)]),
        "tokyo": csv("jpy.csv", "Datetime,JPY", [(f"2024-01-01 {h:02d}:00", 100 * h) for h in range(9, 13)]),
    }
    real = gf.hours(
        [export("fr.csv", "FR", "ES"), export("jp.csv", "JP-TK", header=OLD)],
        prices=files,
        timezone={"paris": "Europe/Paris", "tokyo": "Asia/Tokyo"},
        usd_per_unit={"paris": 1.0, "tokyo": 0.01},
        zones={"JP-TK": "tokyo", "FR": "paris"},
    )
    assert real.region.values.tolist() == ["tokyo", "paris"]
    assert real.price.values.tolist() == [[9, 10, 11, 12], [7] * 4]
    assert not real.price_filled.any()
    assert real.source == "fr.csv, jp.csv"


def test_table_has_the_columns_of_a_tidy_file(two_zones, prices, tmp_path):
    table = tidy_hours(two_zones, prices, zones=ZONES, **STATED)
    table.to_csv(tmp_path / "tidy.csv", index=False)
    expected = gf.hours(two_zones, prices=prices, zones=ZONES, **STATED)
    assert gf.hours(tmp_path / "tidy.csv").drop_attrs().identical(expected.drop_attrs())
    assert table["zone"].unique().tolist() == ["DE", "FR"]
    assert table["carbon_direct_g_per_kwh"].tolist() == [0, 1, 2, 3] * 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timezone": None}, "timezone= is missing"),
        ({"usd_per_unit": None}, "usd_per_unit= is missing"),
        ({"usd_per_unit": {"eu-paris": 1.0}}, "usd_per_unit: no entry for region 'eu-frankfurt'.* 'eu-paris'"),
        ({"zones": {"DE": "a", "IT": "b"}}, "zones: the exports lack 'IT'; they hold 'FR', 'DE'"),
        ({"zones": {"DE": "a", "FR": "b"}}, r"prices\.csv: needs one column called 'b' or 'FR'"),
        ({"zones": {"DE": "DE", "FR": "DE"}}, "hours given more than once: 'DE 2024-01-01T00:00Z'"),
        ({"prices": {"eu-paris": "x.csv"}}, "prices: no entry for region 'eu-frankfurt'"),
        ({"prices": "x.csv"}, r"x\.csv: no UTF-8 CSV table, or no such file"),
    ],
)
def test_mismatches_are_named(two_zones, prices, change, message):
    with pytest.raises(GeofrontError, match=message):
        gf.hours(two_zones, **{"prices": prices, "zones": ZONES, **STATED, **change})


@pytest.mark.parametrize("empty", ["paths", "export", "zones"])
def test_nothing_to_read_is_refused(two_zones, prices, csv, empty):
    paths = {"paths": [], "export": csv("empty.csv", NEW, []), "zones": two_zones}[empty]
    with pytest.raises(GeofrontError, match=r"no hours: the exports have no rows|zones is empty"):
        gf.hours(paths, prices=prices, zones={} if empty == "zones" else None, **STATED)


def test_export_and_tidy_file_are_not_confused(two_zones, prices):
    with pytest.raises(GeofrontError, match=r"zones\.csv: missing .*'utc'.* Electricity Maps also needs prices="):
        gf.hours(two_zones)
    with pytest.raises(GeofrontError, match=r"pass prices= with them"):
        gf.hours(two_zones, zones=ZONES)
    with pytest.raises(GeofrontError, match=r"prices\.csv: no column 'datetime \(utc\)'; 'zone id'"):
        gf.hours(prices, prices=prices, **STATED)


def test_exports_that_are_not_hourly_or_have_holes_are_refused(export, csv, prices):
    uneven = export("five_minutes.csv", "DE", minutes="05")
    one_zone = {"prices": prices, "zones": {"DE": "eu-frankfurt"}, **STATED}
    with pytest.raises(GeofrontError, match=r"five_minutes\.csv: stamps not on the hour: '2024-01-01T00:05Z'"):
        gf.hours(uneven, **one_zone)
    hole = csv("hole.csv", NEW, [("2024-01-01 00:00:00", "", "", "DE", 1, "", "", "", "", "", "")])
    with pytest.raises(GeofrontError, match=r"hole\.csv: 'carbon_avg_g_per_kwh' must be a number"):
        gf.hours(hole, **one_zone)
    nameless = csv("nameless.csv", NEW, [("2024-01-01 00:00:00", "", "", "", 1, 2, "", "", "", "", "")])
    with pytest.raises(GeofrontError, match=r"nameless\.csv: no readable stamp or no zone in lines '2'"):
        gf.hours(nameless, **one_zone)


BOTH = (
    "Datetime (UTC),Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA),"
    "Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle)"
)


def test_old_and_new_header_in_one_file(csv):
    rows = [
        ("2024-01-01 00:00:00", "FR", 0, 10, "", "", ""),
        ("2024-01-01 01:00:00", "", "", "", "FR", 1, 11),
        ("2024-01-01 02:00:00", "FR", 2, 12, "FR", 2, "12.0"),
    ]
    table = read_export(csv("both.csv", BOTH, rows))
    assert table["zone"].eq("FR").all()
    assert table["carbon_avg_g_per_kwh"].tolist() == [10, 11, 12]
    assert table["carbon_direct_g_per_kwh"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("row", "names"),
    [
        (("2024-01-01 01:00:00", "FR", 2, 12, "FR", 2, 13), r"\(LCA\)' and 'Carbon intensity .* \(Life cycle\)'"),
        (("2024-01-01 01:00:00", "FR", 2, 12, "DE", 2, 12), "'Zone Id' and 'Zone id'"),
    ],
)
def test_columns_that_disagree_are_both_named(csv, row, names):
    path = csv("both.csv", BOTH, [("2024-01-01 00:00:00", "FR", 2, 12, "", "", ""), row])
    with pytest.raises(GeofrontError, match=rf"both\.csv: columns .*{names} disagree in lines '3'"):
        read_export(path)


def test_direct_emissions_are_not_needed(csv):
    header = "Datetime (UTC),Zone id,Carbon intensity gCO2eq/kWh (Life cycle)"
    export = csv("zone.csv", header, [(f"2024-01-01 0{hour}:00:00", "FR", 50) for hour in range(4)])
    assert "carbon_direct_g_per_kwh" not in read_export(export)
    wide = csv("prices.csv", "utc,FR", [(f"2024-01-01 0{hour}:00Z", hour) for hour in range(4)])
    real = gf.hours(export, prices=wide, usd_per_unit=1)
    assert real.price.values.tolist() == [[0, 1, 2, 3]]
    assert real.carbon_average.values.tolist() == [[50] * 4]


def test_offsets_in_an_export_count(csv):
    header = "Datetime (UTC),Zone id,Carbon intensity gCO2eq/kWh (Life cycle)"
    export = csv("zone.csv", header, [(f"2024-01-01 0{hour}:00:00+02", "FR", hour) for hour in range(2, 5)])
    assert read_export(export)["utc"].dt.strftime("%H:%M").tolist() == ["00:00", "01:00", "02:00"]


def test_the_export_that_is_wrong_is_named(export, csv, prices):
    good = export("good.csv", "FR")
    columns = [("2024-01-01 00:00:00", "", "", "DE", 1, value, "", "", "", "", "") for value in (5, 7)]
    for rows, message in (
        (columns, "hours given more than once: 'DE 2024-01-01T00:00Z'"),
        ([*columns[:1], (*columns[0][:5], -1, *columns[0][6:])], "'carbon_avg_g_per_kwh' must be"),
    ):
        with pytest.raises(GeofrontError, match=rf"^\S+bad\.csv: .*{message}") as caught:
            gf.hours([good, csv("bad.csv", NEW, rows)], prices=prices, zones=ZONES, **STATED)
        assert "good.csv" not in str(caught.value)


def test_worked_example_of_the_readme_and_the_docstring(repository, tmp_path, monkeypatch):
    readme = (repository / "data" / "README.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"^```csv (\S+)\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL))
    assert set(files) == {"zones.csv", "prices.csv"}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestFinder().find(gf.hours, "hours")
    readme_example = re.search(r"^```pycon\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)[1]
    examples.append(doctest.DocTestParser().get_doctest(readme_example, {}, "data/README.md", None, 0))
    for example in examples:
        assert example.examples
        assert doctest.DocTestRunner().run(example, out=sys.stderr.write).failed == 0
