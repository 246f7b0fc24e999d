"""Bad spreadsheets, each with the exact answer that it gets, and good ones that look bad.

"""

from __future__ import annotations

import csv
import datetime
import io
import random
import stat
import struct
import warnings
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from tests.imports.sheets import HEADINGS, ROW, xlsx

GROUP, FAR = "430524001001001", "430524002001001"
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NEXT_YEAR = datetime.date.today().year + 1
Bad = tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class Case:
    """A file and its answer: refused as a whole with a code and a place, or staged with counts and its bad rows."""

    name: str
    data: bytes
    fault: str = ""
    where: dict[str, Any] = field(default_factory=dict)
    new: int = 0
    update: int = 0
    doubtful: int = 0
    bad: Bad = ()
    keeps: dict[str, Any] = field(default_factory=dict)  # what the first good row holds
    more: dict[str, Any] = field(default_factory=dict)  # of the call that begins the import
    before: bytes = b""  # a register that is committed first
    most_rows: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """The counts of a staged file."""
        return {"new": self.new, "update": self.update, "doubtful": self.doubtful, "bad": len(self.bad)}


def row(**said: str) -> list[str]:
    """Give the plain row with some cells said otherwise, by heading."""
    return [said.get(heading, cell) for heading, cell in zip(HEADINGS, ROW, strict=True)]


def table(*rows: list[str], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Give rows as csv, quoted where it has to be."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def plain(**said: str) -> bytes:
    """Give a file of one row; a heading that the plain one does not have stands behind it."""
    more = {heading: cell for heading, cell in said.items() if heading not in HEADINGS}
    return table([*HEADINGS, *more], [*row(**said), *more.values()])


def members(data: bytes) -> dict[str, bytes]:
    """Give what a workbook holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        return {name: box.read(name) for name in box.namelist()}


def packed(*given: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Give a zip, also one with a member twice."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", how) as box:
        warnings.simplefilter("ignore")
        for name, content in given:
            box.writestr(name, content)
    return file.getvalue()


GOOD = members(xlsx(ROW))


def book(*more: tuple[str | zipfile.ZipInfo, bytes], without: str = "", how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Give a good workbook with members more or less."""
    return packed(*((name, content) for name, content in GOOD.items() if name != without), *more, how=how)


def cells(line: int, *texts: str) -> str:
    """Give a row of a sheet in XML, its texts inline."""
    inner = "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in texts)
    return f'<row r="{line}">{inner}</row>'


def sheet(rows: str, before: str = "", encoding: str = "UTF-8", headings: list[str] = HEADINGS) -> bytes:
    """Give a workbook whose sheet is written by hand, below the headings."""
    start = f'<?xml version="1.0" encoding="{encoding}"?>{before}<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>'
    return book((SHEET, f"{start}{cells(1, *headings) if headings else ''}{rows}</sheetData></worksheet>".encode()), without=SHEET)


def patched(data: bytes, name: str, **values: int) -> bytes:
    """Give a zip whose directory says something else of a member: its flags or its sizes."""
    places = {"flags": (8, "<H"), "compressed": (20, "<I"), "size": (24, "<I")}
    changed = bytearray(data)
    entry = data.rindex(name.encode()) - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    for what, value in values.items():
        struct.pack_into(places[what][1], changed, entry + places[what][0], value)
    return bytes(changed)


def damaged() -> bytes:
    """Give a workbook of which one byte in the middle of the packed sheet has changed on the way."""
    data = bytearray(xlsx(*[row(姓名=f"新来{chr(0x4E00 + n)}") for n in range(50)]))
    start = data.index(SHEET.encode()) + len(SHEET)
    data[start : start + 4] = b"\xff\xff\xff\xff"
    return bytes(data)


def two_sheets(*, formatted: bool) -> bytes:
    """Give a workbook whose second sheet holds the table; the first holds nothing, or cells with a colour and no text."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as made:
        first, second = made.add_worksheet(), made.add_worksheet()
        if formatted:
            first.write_blank(0, 0, None, made.add_format({"bg_color": "#FFFF00"}))
        for line, texts in enumerate([HEADINGS, ROW]):
            second.write_row(line, 0, texts)
    return file.getvalue()


def linked() -> zipfile.ZipInfo:
    """Give a member that is a symbolic link."""
    info = zipfile.ZipInfo("xl/media/link")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def refused(name: str, data: bytes, fault: str, **where: Any) -> Case:
    """Give a file that is refused as a whole."""
    return Case(name, data, fault=f"import.{fault}", where=where)


LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
OUTSIDE = "<!DOCTYPE x [<!ENTITY out SYSTEM 'file:///etc/passwd'>]>"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
HTML = "<html><body><table><tr><td>姓名</td><td>组代码</td></tr><tr><td>新来一</td><td>1</td></tr></table></body></html>"
STRICT = packed(*((name, content.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")) for name, content in GOOD.items()))

WHOLE = [
    refused("one_line_end", b"\n", "empty"),
    refused("only_blanks", b"  \r\n\t \n ", "empty"),
    refused("only_a_byte_order_mark", b"\xef\xbb\xbf", "empty"),
    refused("only_separators", b",,,\r\n,,,\r\n", "no_headings"),
    refused("no_headings", table(ROW, ROW), "no_headings"),
    refused("headings_too_far_down", table(*[["甲村花名册"]] * 6, HEADINGS, ROW), "no_headings"),
    refused("random_bytes", random.Random(1).randbytes(400), "encoding", line=1),
    refused("picture", PNG, "encoding", line=3),
    refused("pdf", PDF, "no_headings"),
    refused("html_saved_as_xls", HTML.encode(), "no_headings"),
    refused("old_xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "old_excel"),
    refused("empty_zip", b"PK\5\6" + bytes(18), "unreadable", line=1),
    refused("zip_that_is_no_workbook", packed(("word/document.xml", b"<a/>")), "not_a_workbook"),
    refused("bomb_by_ratio", book((SHEET, bytes(60_000_000)), without=SHEET), "bomb"),
    refused("bomb_by_size", patched(book(), SHEET, size=200_000_000, compressed=1_000_000), "bomb"),
    refused("bomb_by_members", book(*((f"xl/media/{n}", b"") for n in range(500))), "bomb"),
    refused("bomb_that_says_it_is_small", patched(book((SHEET, bytes(60_000_000)), without=SHEET), SHEET, size=1000), "unreadable"),
    refused("member_twice", book((SHEET, b"<a/>")), "unsafe"),
    refused("member_above", book(("../../etc/cron.d/x", b"x")), "unsafe"),
    refused("member_from_the_root", book(("/etc/cron.d/x", b"x")), "unsafe"),
    refused("member_above_by_backslash", book(("..\\..\\x", b"x")), "unsafe"),
    refused("member_that_is_a_link", book((linked(), b"/etc/passwd")), "unsafe"),
    refused("with_a_password", patched(book(), SHEET, flags=1), "encrypted"),
    refused("half_a_workbook", book()[: len(book()) // 2], "unreadable"),
    refused("damaged_on_the_way", damaged(), "unreadable"),
    refused("damaged_lzma", book(how=zipfile.ZIP_LZMA).replace(b"]\0\0", b"\xff\xff\xff"), "unreadable"),
    refused("broken_xml", sheet(cells(2, *ROW) + "<row><c></row>"), "unreadable", line=3),
    refused("unknown_xml_encoding", sheet(cells(2, *ROW), encoding="x-unknown"), "unreadable"),
    refused("billion_laughs", sheet(cells(2, *ROW).replace("甲村", "&a9;"), before=LAUGHS), "unreadable"),
    refused("external_entity", sheet(cells(2, *ROW).replace("甲村", "&out;"), before=OUTSIDE), "unreadable"),
    refused("shared_formula_that_is_none", sheet('<row r="2"><c r="A2"><f t="shared" ref="A2:A3" si="0">[x</f></c></row>'), "unreadable"),
    refused("nul_in_a_workbook", sheet(cells(2, *ROW).replace("新来一", "新&#0;一")), "unreadable", line=2),
    refused("half_a_surrogate_in_a_workbook", sheet(cells(2, *ROW).replace("新来一", "新&#xD800;一")), "unreadable", line=2),
    refused("rows_out_of_order", sheet(cells(3, *row(姓名="新来三")) + cells(2, *ROW)), "unreadable"),
    refused("sheet_without_rows", sheet("", headings=[]), "empty"),
    refused("strict_open_xml", STRICT, "unreadable"),
    refused("utf16_of_han_without_mark", table(["姓名", "乡镇", "村", "组"], ["新来一", "甲乡", "甲村", "一组"], encoding="utf-16-le"), "encoding", line=1),
    refused("latin1", "name,group code\r\nJosé,1\r\n".encode("latin-1"), "encoding", line=2),
    refused("utf8_with_one_bad_byte", table(["姓名", "组代码"], ["新来一", "1"]) + b"\xff", "encoding", line=3),
    refused("nul_in_csv", plain(姓名="新\0一"), "unreadable", line=2),
    refused("unclosed_quote", table(HEADINGS, ROW) + b'"' + table(ROW), "unreadable", line=3),
    refused("unclosed_quote_far_above", table(HEADINGS) + b'"' + table(ROW, ROW, ROW), "unreadable", line=2),
    refused("quote_within", table(HEADINGS) + '"新"来一,1\r\n'.encode(), "unreadable", line=2),
    refused("cell_without_end", plain(户籍地址="甲" * 140_000), "unreadable", line=2),
    refused("heading_twice", table(["姓名", "电话", "手机", "组代码"], ["新来一", "12988000001", "", GROUP]), "heading_twice", columns="2 3"),
    refused("no_name_column", table(["电话", "组代码"], ["12988000001", GROUP]), "no_name_column"),
    refused("no_place_columns", table(["姓名", "电话"], ["新来一", "12988000001"]), "no_place_columns"),
    Case("too_many_rows", table(HEADINGS, *[row(姓名=f"新来{sign}") for sign in "一二三四"]), fault="import.too_many_rows", where={"most": 3}, most_rows=3),
]

STAGED = [
    Case("only_headings", table(HEADINGS)),
    Case("only_headings_xlsx", xlsx()),
    Case("two_sheets", two_sheets(formatted=False), new=1),
    Case("two_sheets_the_first_coloured", two_sheets(formatted=True), new=1),
    Case("coloured_row_far_below", sheet(cells(2, *ROW) + '<row r="1048576"/>'), new=1, most_rows=100),
    Case("utf16_without_mark", table(HEADINGS, ROW, encoding="utf-16-le"), new=1),
    Case("utf16_big_end_without_mark", table(HEADINGS, ROW, encoding="utf-16-be"), new=1),
    Case("gb18030_with_a_rare_sign", table(HEADINGS, row(姓名="新来𠮷"), encoding="gb18030"), new=1, keeps={"name": "新来𠮷"}),
    Case("semicolons", table(HEADINGS, ROW, delimiter=";"), new=1),
    Case("tabs", table(HEADINGS, ROW, delimiter="\t"), new=1),
    Case("title_over_tabs", "甲村花名册\r\n".encode() + table(HEADINGS, ROW, delimiter="\t"), new=1),
    Case("too_few_cells", table(HEADINGS, ROW[:5]), bad=((2, "group", "missing"),)),
    Case("too_many_cells", table(HEADINGS, [*ROW, "x", "y"]), new=1),
    Case("title_of_three_lines", table(["甲村花名册"], [], ["单位：甲村"], HEADINGS, row(联系电话="1"), ROW), new=1, bad=((5, "phone", "no_phone"),)),
    Case("same_person_twice", table(HEADINGS, ROW, ROW), new=1, bad=((3, "name", "twice"),)),
    Case("good_and_bad", table(HEADINGS, ROW, [], row(组="99组"), row(姓名="新来二", 户编号="")), new=2, bad=((4, "group", "unknown_name"),)),
    Case("phone_as_a_number", xlsx([*ROW[:1], 12988000001.0, *ROW[2:]]), new=1, keeps={"phone": "12988000001"}),
    Case("code_as_a_number", xlsx(["新来一", int(GROUP)], headings=["姓名", "组代码"]), new=1),
    Case("year_as_a_number", xlsx([*ROW[:2], 1970.0, *ROW[3:]]), new=1, keeps={"birth_year": 1970}),
    Case("identity_as_a_number", xlsx([*ROW, 1.10105194912310e17], headings=[*HEADINGS, "身份证号"]), bad=((2, "id_number", "rounded"),)),
    Case("formula", xlsx(row(姓名='=HYPERLINK("http://x")')), bad=((2, "name", "formula"),)),
    Case("error_cell", sheet(cells(2, *ROW[:2]).replace("</row>", '<c t="e"><v>#N/A</v></c></row>')), bad=((2, "birth", "error_value"),)),
    Case("formula_as_text", xlsx(row(姓名="@SUM(A)")), bad=((2, "name", "formula"),)),
    Case("year_as_a_day_number", xlsx([*ROW[:2], 25689, *ROW[3:]]), bad=((2, "birth", "no_date"),)),
    Case("one_long_cell_elsewhere", plain(工作单位="x" * 500), new=1),
    Case("under_another_village", plain(村="乙村"), bad=((2, "village", "elsewhere"),), more={"under": "430524001001"}),
    Case("code_under_another_village", table(["姓名", "组代码"], ["新来一", "430524001002001"]), bad=((2, "group_code", "elsewhere"),), more={"under": "430524001001"}),
]

# slug, heading, what the cell says, field and reason of the bad row
CELLS: list[tuple[str, str, str, str, str]] = [
    ("phone_scientific", "联系电话", "1.38E+10", "phone", "rounded"),
    ("phone_short", "联系电话", "1298800000", "phone", "no_phone"),
    ("phone_long", "联系电话", "129880000012", "phone", "no_phone"),
    ("phone_with_a_letter", "联系电话", "1298800000O", "phone", "no_phone"),
    ("phone_400", "联系电话", "400-820-8820", "phone", "no_phone"),
    ("phone_in_arabic_digits", "联系电话", "13٠٠٠٠٠٠٠٠٠", "phone", "no_phone"),
    ("phones_two", "联系电话", "12988000001/12988000002", "phone", "several"),
    ("phones_two_lines", "联系电话", "12988000001\n12988000002", "phone", "hidden_signs"),
    ("phones_two_with_a_space", "联系电话", "12988000001 12988000002", "phone", "several"),
    ("phone_formula", "联系电话", "=A1", "phone", "formula"),
    ("name_empty", "姓名", "", "name", "missing"),
    ("name_wide_blank", "姓名", "\u3000", "name", "missing"),
    ("name_one_sign", "姓名", "陈", "name", "too_short"),
    ("name_one_rare_sign", "姓名", "𠮷", "name", "too_short"),
    ("name_digits", "姓名", "12345", "name", "no_name"),
    ("name_img", "姓名", "<img src=x onerror=1>", "name", "no_name"),
    ("name_wide_img", "姓名", "＜img＞", "name", "no_name"),
    ("name_hyperlink", "姓名", '=HYPERLINK("http://x")', "name", "formula"),
    ("name_sum", "姓名", "@SUM(A1)", "name", "formula"),
    ("name_minus", "姓名", "-cmd", "name", "formula"),
    ("name_wide_formula", "姓名", "＝SUM()", "name", "formula"),
    ("name_turned", "姓名", "陈\u202e伟", "name", "hidden_signs"),
    ("name_zero_width", "姓名", "陈\u200b伟", "name", "hidden_signs"),
    ("name_joiner", "姓名", "陈\u200d伟", "name", "hidden_signs"),
    ("name_variation", "姓名", "陈\ufe0f伟", "name", "hidden_signs"),
    ("name_filler", "姓名", "陈\u3164伟", "name", "hidden_signs"),
    ("name_41", "姓名", "陈" * 41, "name", "too_long"),
    ("name_500", "姓名", "陈" * 500, "name", "too_long"),
    ("name_emoji", "姓名", "😀😀", "name", "no_name"),
    ("name_lost", "姓名", "???", "name", "no_name"),
    ("name_replaced", "姓名", "陈\ufffd\ufffd", "name", "no_name"),
    ("name_masked", "姓名", "陈**", "name", "no_name"),
    ("birth_no_day", "出生年份", "1970-02-30", "birth", "no_date"),
    ("birth_future", "出生年份", f"{NEXT_YEAR}-01-01", "birth", "unlikely"),
    ("birth_1800", "出生年份", "1800", "birth", "unlikely"),
    ("birth_0000", "出生年份", "0000", "birth", "no_date"),
    ("birth_text", "出生年份", "属狗", "birth", "no_date"),
    ("birth_two_digits", "出生年份", "70-05-01", "birth", "no_date"),
    ("identity_check_digit", "身份证号", "110105194912310021", "id_number", "check_digit"),
    ("identity_scientific", "身份证号", "1.10105E+17", "id_number", "rounded"),
    ("identity_15", "身份证号", "130503670401001", "id_number", "no_identity"),
    ("identity_no_day", "身份证号", "110105194913310021", "id_number", "no_identity"),
    ("presence_perhaps", "居住状态", "也许", "presence", "no_presence"),
    ("code_of_a_village", "组代码", "430524001001", "group_code", "unknown_code"),
    ("code_of_another_county", "组代码", "430525001001001", "group_code", "unknown_code"),
    ("code_unknown", "组代码", "430524001001009", "group_code", "unknown_code"),
    ("code_outside", "组代码", FAR, "group", "outside"),
    ("code_scientific", "组代码", "4.30524E+14", "group_code", "rounded"),
    ("township_unknown", "乡镇", "戊乡", "township", "unknown_name"),
    ("township_empty", "乡镇", "", "township", "missing"),
    ("village_of_another_township", "村", "丙村", "village", "unknown_name"),
    ("village_empty", "村", "", "village", "missing"),
    ("group_99", "组", "99组", "group", "unknown_name"),
    ("group_empty", "组", "", "group", "missing"),
    ("address_500", "户籍地址", "甲" * 500, "address", "too_long"),
    ("household_34", "户编号", "H" * 34, "household", "too_long"),
    ("remark_500", "备注", "x" * 500, "", ""),
    ("remark_of_two_lines", "备注", "低保\n残疾", "", ""),
]
# slug, heading, what the cell says, what is kept of it
KEPT: list[tuple[str, str, str, str, Any]] = [
    ("phone_wide_digits", "联系电话", "１２９８８０００００１", "phone", "12988000001"),
    ("phone_86", "联系电话", "+86-129-8800-0001", "phone", "12988000001"),
    ("phone_landline", "联系电话", "(0739) 8230001", "phone", "07398230001"),
    ("phone_none", "联系电话", "无", "phone", None),
    ("name_with_a_space", "姓名", "陈 伟", "name", "陈伟"),
    ("name_with_a_hard_space", "姓名", "陈\u00a0\u3000伟", "name", "陈伟"),
    ("name_with_a_rare_sign", "姓名", "𠮷田", "name", "𠮷田"),
    ("name_with_a_dot", "姓名", "阿依·古丽", "name", "阿依·古丽"),
    ("name_40", "姓名", "陈" * 40, "name", "陈" * 40),
    ("birth_8_digits", "出生年份", "19700501", "birth_year", 1970),
    ("birth_in_han", "出生年份", "1970年5月", "birth_year", 1970),
    ("birth_with_midnight", "出生年份", "1970/5/1 0:00", "birth_year", 1970),
]

PATH = ["姓名", "乡镇", "户籍地址"]
PLACE = ["姓名", "经度", "纬度"]
PLACES = [  # slug, headings, cells, the bad row or none
    ("place_good", PLACE, ["新来一", "111.005", "27.005"], None),
    ("place_swapped", PLACE, ["新来一", "27.005", "111.005"], ("lon", "swapped")),
    ("place_text", PLACE, ["新来一", "东经111", "27.005"], ("lon", "not_a_number")),
    ("place_text_lat", PLACE, ["新来一", "111.005", "北纬27"], ("lat", "not_a_number")),
    ("place_nan", PLACE, ["新来一", "NaN", "27.005"], ("lon", "not_a_number")),
    ("place_inf", PLACE, ["新来一", "inf", "inf"], ("lon", "not_a_number")),
    ("place_underscore", PLACE, ["新来一", "1_11.005", "27.005"], ("lon", "not_a_number")),
    ("place_outside_county", PLACE, ["新来一", "113", "28"], ("lon", "outside_county")),
    ("place_outside_the_officers", PLACE, ["新来一", "111.025", "27.005"], ("group", "outside")),
    ("place_elsewhere_than_the_group", [*PLACE, "组代码"], ["新来一", "111.025", "27.005", GROUP], ("lon", "outside")),
    ("address_good", PATH, ["新来一", "甲乡", "湖南省邵阳市隆回县甲乡甲村村委会2组5号"], None),
    ("address_of_the_seat", PATH, ["新来一", "甲乡", "甲乡甲村民委员会2组"], None),
    ("address_without_path", PATH, ["新来一", "甲乡", "长沙市岳麓区"], ("address", "no_path")),
    ("address_house_number", PATH, ["新来一", "甲乡", "甲乡甲村2号"], ("address", "no_path")),
    ("address_street", PATH, ["新来一", "甲乡", "甲乡甲村一心路5号"], ("address", "no_path")),
    ("nothing_but_a_township", ["姓名", "乡镇", "村", "组"], ["新来一", "甲乡", "", ""], ("village", "missing")),
    ("village_alone", ["姓名", "村", "组"], ["新来一", "甲村", "1组"], ("township", "missing")),
    ("outside_the_officers", HEADINGS, row(乡镇="乙镇", 村="丙村"), ("group", "outside")),
]

TWO = table(HEADINGS, row(姓名="欧阳建国"), row(姓名="欧阳建国", 联系电话="", 组="2组"), row(姓名="王小明", 联系电话="12988000002"))
SAME = table(HEADINGS, row(联系电话=""), row(联系电话="", 出生年份="1990"))
NOBODY, SEVERAL = ((2, "remark", "nobody"),), ((2, "remark", "several_people"),)


def contacts(name: str, remark: str, bad: Bad = (), before: bytes = b"") -> Case:
    """Give a WeCom export of one contact."""
    return Case(name, table(["昵称", "备注"], ["晴天", remark]), update=int(not bad), bad=bad, more={"kind": "wecom"}, before=before)


MATCHED = [
    Case("wecom_without_names", table(["标签"], ["低保"]), fault="import.no_name_column", more={"kind": "wecom"}),
    contacts("wecom_nobody", "甲村1组陈某某", NOBODY),
    contacts("wecom_several_phones", "12900000000 12900000001", SEVERAL),
    contacts("wecom_one_phone", "12900000000"),
    contacts("wecom_far_phone", "12900000400", NOBODY),
    contacts("wecom_several_names", "甲村欧阳建国", SEVERAL, before=TWO),
    contacts("wecom_name_and_group", "甲村2组欧阳建国", before=TWO),
    contacts("wecom_name_and_another_group", "甲村3组欧阳建国", NOBODY, before=TWO),
    contacts("wecom_one_name_and_another_group", "甲村2组王小明", NOBODY, before=TWO),
    contacts("wecom_arabic_digits", "13٠٠٠٠٠٠٠٠٠", NOBODY),
    contacts("wecom_phone_within_a_number", "1290000000123456", NOBODY),
    contacts("wecom_turned", "陈\u202e某某", NOBODY),
    Case("heading_turned", plain(**{"工作\u202e单位": "x"}), new=1),
    Case("formula_turned", plain(姓名="=陈\u202e伟"), bad=((2, "name", "formula"),)),
    Case("known_is_an_update", plain(出生年份="1971"), update=1, before=plain()),
    Case("known_twice_in_the_register", plain(联系电话="", 出生年份=""), bad=((2, "name", "several_people"),), before=SAME),
    Case("known_phone_of_another_home", plain(姓名="新来二", 户编号="H2"), doubtful=1, before=plain()),
]

CASES = [
    *WHOLE,
    *STAGED,
    *(Case(slug, plain(**{heading: said}), new=int(not reason), bad=((2, at, reason),) if reason else ()) for slug, heading, said, at, reason in CELLS),
    *(Case(slug, plain(**{heading: said}), new=1, keeps={at: kept}) for slug, heading, said, at, kept in KEPT),
    *(Case(f"identity_right_{sign}", plain(身份证号=f"11010519491231002{sign}", 出生年份=""), new=1, keeps={"birth_year": 1949}) for sign in "Xx"),
    *(Case(slug, table(headings, said), new=int(bad is None), bad=((2, *bad),) if bad else ()) for slug, headings, said, bad in PLACES),
    *MATCHED,
]
