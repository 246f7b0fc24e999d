"""From a sheet's headings to fields: known ones at once, near ones as a suggestion, and what somebody chose is remembered."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridmap.imports.sheets import LINES_LOOKED_AT, Cell, seen

FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "居民姓名", "名字", "人员姓名", "成员姓名", "name", "full name"),
    "phone": ("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "联系人电话", "移动电话", "联系号码", "phone", "mobile"),
    "birth": ("出生日期", "出生年月", "出生年份", "出生年", "生日", "birth", "birth year", "date of birth"),
    "id_number": ("身份证号码", "身份证号", "身份证", "公民身份号码", "证件号码", "id number"),
    "group_code": ("组代码", "组编码", "网格编码", "网格代码", "区划代码", "区划码", "group code"),
    "township": ("乡镇", "乡镇街道", "所属乡镇", "镇", "街道", "乡", "township"),
    "village": ("村", "村社区", "行政村", "所属村", "村居", "社区", "村委会", "村名", "村（社区）", "village"),
    "group": ("组", "村民小组", "小组", "组别", "组名", "所属组", "组别名称", "group"),
    "address": ("户籍地址", "地址", "家庭住址", "住址", "现住址", "详细地址", "居住地址", "address"),
    "household": ("户编号", "户号", "家庭编号", "户籍号", "household"),
    "head": ("户主", "户主姓名", "head of household"),
    "presence": ("居住状态", "是否在家", "在家情况", "外出情况", "presence"),
    "lon": ("经度", "东经", "lon", "lng", "longitude"),
    "lat": ("纬度", "北纬", "lat", "latitude"),
    "mark": ("导出标记", "export mark"),
    "nickname": ("昵称", "微信昵称", "客户名称", "nickname"),
    "remark": ("备注", "备注名", "remark"),
    "officer": ("添加人", "所属员工", "跟进人", "网格员", "officer"),
    "tags": ("标签", "客户标签", "tags"),
}
KNOWN = {spelling: field for field, spellings in FIELDS.items() for spelling in spellings}
NEAR = 0.72


@dataclass(frozen=True)
class Match:
    """What was made of one heading: a field when sure, else perhaps a suggestion."""

    heading: str
    field: str | None
    suggestion: str | None = None


def normal(heading: str) -> str:
    """Bring a heading into one form: full-width signs, spaces, brackets with hints and stars make no difference."""
    text = unicodedata.normalize("NFKC", heading).lower()
    text = re.sub(r"[(\[【].*?[)\]】]", "", text)
    return re.sub(r"[\s*:：/、_-]+", " " if re.search("[a-z]", text) else "", text).strip()[:60]


def match(headings: Sequence[str], remembered: Mapping[str, str]) -> list[Match]:
    """Match each heading.

    Args:
        headings: as they stand in the file.
        remembered: what people chose before, by normal form.
    """
    found = []
    for heading in headings:
        key = normal(heading)
        field = KNOWN.get(key) or remembered.get(key)
        near = None if field or not key else difflib.get_close_matches(key, KNOWN, n=1, cutoff=NEAR)
        found.append(Match(seen(heading[:60]), field, KNOWN[near[0]] if near else None))
    return found


def find(rows: Sequence[Sequence[Cell]], remembered: Mapping[str, str]) -> int | None:
    """Give the position of the row that holds the headings: of the first few the one with most known fields, since a title
    such as ××村居民花名册 often stands above."""
    scores = [sum(known is not None for known in _fields(row, remembered)) for row in rows[:LINES_LOOKED_AT]]
    best = max(scores, default=0)
    return scores.index(best) if best else None


def _fields(row: Sequence[Cell], remembered: Mapping[str, str]) -> list[str | None]:
    return [matched.field for matched in match([cell.text for cell in row], remembered)]
