"""Every sentence that the server says to a person, in Chinese and in English, by its code."""

from typing import Any

SENTENCES: dict[str, tuple[str, str]] = {
    "server.error": ("服务器出错，本次操作没有生效，请稍后再试。", "The server failed; nothing was changed. Please try again."),
    "server.database_down": ("数据库暂时连不上，本次操作没有生效，请稍后再试。", "The database is out of reach; nothing was changed."),
    "request.not_json": ("请以 application/json 提交。", "Please send application/json."),
    "request.malformed": ("内容不是规范的 JSON：{reason}。", "The body is not proper JSON: {reason}."),
    "request.head": ("请求头重复，已拒绝。", "Refused: a header came twice."),
    "request.host": ("请求的地址不对，已拒绝。", "Refused: this is not the server's address."),
    "request.too_slow": ("内容传得太慢，请换个信号好的地方再试。", "The body came too slowly; try again with a better signal."),
    "request.too_large": ("内容超过 1 MB。", "The body is larger than 1 MB."),
    "request.invalid": ("“{field}”填写有误：{reason}。", "“{field}” is wrong: {reason}."),
    "request.missing": ("没有找到，或不在您的辖区内。", "Not found, or outside your area."),
    "request.method": ("此地址不支持该操作。", "This address does not take that method."),
    "session.csrf": ("页面已过期，请刷新后再试。", "The page is out of date; reload it and try again."),
    "session.origin": ("请求来源不对，已拒绝。", "Refused: the request came from another site."),
    "session.needed": ("请先登录。", "Please sign in first."),
    "session.refused": ("用户名或密码不对。", "The user name or the password is wrong."),
    "session.busy": ("该账号正在登录，请稍后再试。", "This account is being signed in; try again in a moment."),
    "session.throttled": ("登录失败次数过多，请 {minutes} 分钟后再试。", "Too many failed sign-ins; try again in {minutes} minutes."),
    "session.otp_needed": ("请输入动态口令（六位数字）。", "Please give the six digits of your authenticator."),
    "session.otp_wrong": ("动态口令不对或已用过，请等下一组数字。", "The digits are wrong or were used; wait for the next ones."),
    "account.taken": ("这个用户名已经有人用了。", "This user name is taken."),
    "account.own": ("不能处理自己的账号，请另一位负责人办理。", "Not your own account; ask another person."),
    "account.password": ("密码太简单：至少 12 位，不要用常见密码、姓名，也不能和初始密码相同。", "Too easy: 12 signs or more, not a common one, not your name, not the first password."),
    "account.enrolled": ("账号已经启用。", "This account is enrolled already."),
    "access.denied": ("您的岗位不能做这项操作。", "Your role may not do this."),
    "access.beyond": ("范围超出您的辖区，请缩小范围或请县里发布。", "The area reaches beyond your grids; draw it smaller or ask the county."),
    "idempotency.other_body": ("同一个 Idempotency-Key 已用于另一份内容。", "This Idempotency-Key came with another body before."),
    "idempotency.key_invalid": ("Idempotency-Key 须为 1 到 200 个可见字符。", "An Idempotency-Key has 1 to 200 visible characters."),
    "grids.outside": ("该位置不在本县范围内。", "The place lies outside the county."),
    "grids.unknown": ("没有这个网格：{code}。", "There is no grid {code}."),
    "grids.none": ("还没有发布网格。", "No grids are published yet."),
    "grids.already_published": ("已有网格版本，不能重复首次发布。", "Grids are published already."),
    "grids.not_a_coverage": ("{level}级有 {count} 处重叠或缝隙，不能发布。", "The {level} level overlaps or gaps in {count} places."),
    "incident.location_invalid": ("事件位置有误：{sentence}", "The incident's place is wrong: {sentence}"),
    "incident.state": ("事件处于“{state}”，不能再做这一步。", "The incident is {state}; this step is not possible."),
    "broadcast.area_invalid": ("范围有误：{sentence}", "The area is wrong: {sentence}"),
    "broadcast.selection_invalid": ("选择有误：{field}。", "The selection is wrong: {field}."),
    "broadcast.grids_empty": ("没有选中任何网格。", "No grid is chosen."),
    "broadcast.county_refused": ("全县发布须单独办理，不能当作普通网格选取。", "The whole county is a separate act, not a grid to pick."),
    "broadcast.tags_refused": ("紧急撤离通知发给范围内所有人，不能按标签筛选。", "A danger notice goes to everybody in the area; tags cannot narrow it."),
    "broadcast.not_offered": ("本版本不支持“{field}”。", "“{field}” is not offered in this version."),
    "broadcast.is_cancel": ("这是撤销通知，不能再撤销，也不用上门。", "This is a cancel: it cannot be cancelled, and nobody knocks for it."),
    "broadcast.cancel_waits": ("这条通知的撤销已在等待复核。", "A cancel of this broadcast waits for its approval already."),
    "broadcast.nobody": ("范围内没有登记居民，不能提交。", "Nobody is registered in this area; it cannot be submitted."),
    "broadcast.expires_past": ("截止时间必须晚于现在，且不超过 7 天。", "It has to expire later than now and within 7 days."),
    "broadcast.effective_future": ("生效时间不能晚于截止时间。", "It cannot take effect after it expires."),
    "broadcast.authority_needed": ("转发预警必须写明发布单位和文号。", "A relayed warning names its authority and document."),
    "broadcast.state": ("通知处于“{state}”，不能再做这一步。", "The broadcast is {state}; this step is not possible."),
    "broadcast.own_approval": ("起草人不能复核自己的通知，请另一位复核。", "The author cannot approve; another person has to."),
    "broadcast.hash_differs": ("内容、范围或人数已变，请重新查看后再复核。", "Text, area or count has changed; look again before you approve."),
    "broadcast.not_yours": ("只有起草人或复核人可以发出。", "Only the author or the approver sends it."),
    "broadcast.not_a_recipient": ("这条通知没有发给您。", "This broadcast was not sent to you."),
    "broadcast.over": ("通知已截止或撤销。", "The broadcast is over."),
    "broadcast.stage_wrong": ("这类通知没有这个回执。", "This kind of broadcast has no such answer."),
    "assignment.own": ("不能给自己安排网格，请另一位负责人办理。", "Nobody assigns grids to themselves; ask another person."),
    "assignment.past": ("时间已经过了，请选现在或以后。", "That time is over; choose now or later."),
    "assignment.no_officer": ("没有这位网格员。", "There is no such officer."),
    "assignment.grids": ("请选 1 到 {most} 个乡镇、村或组。", "Pick 1 to {most} townships, villages or groups."),
    "assignment.already": ("{name} 已经负责其中的网格。", "{name} answers for some of these grids already."),
    "assignment.planned": ("其中有网格以后另有安排，请先取消那项安排。", "Somebody else is planned for some of these grids later; end that first."),
    "assignment.over": ("这项安排已经结束。", "This assignment is over already."),
    "assignment.nothing": ("{name} 没有可以交接的网格，或交接给了自己。", "{name} has no grids to hand over, or was named twice."),
    "assignment.signed": ("已经签收过，或还没到交接时间。", "Signed already, or its time has not come."),
    "join.code": ("二维码已失效或不正确，请让网格员出示新的二维码。", "This code is over or wrong; ask your officer for a new one."),
    "join.too_many": ("登记的人太多，请 {minutes} 分钟后再试，或当面找网格员。", "Too many at once; try again in {minutes} minutes or ask your officer."),
    "join.decided": ("这条登记已经处理过了。", "This request was decided on already."),
    "people.nothing_kept": ("登记里没有这一项。", "The register holds nothing there."),
    "people.search_one": ("请输入完整的电话或完整的姓名，二者填一。", "Give a whole phone or a whole name, one of the two."),
    "people.too_many": ("查看次数过多，已记录在案，请 {minutes} 分钟后再试。", "Too many looks; they are recorded. Try again in {minutes} minutes."),
    "edge.unknown_device": ("这部手机还没有加入，请扫网格员的二维码。", "This phone has not joined; scan your officer's code."),
}

SHAPES: dict[str, str] = {
    "not_geojson": "应为 GeoJSON 面（Polygon 或 MultiPolygon）。",
    "unknown_member": "含有不认识的成员。",
    "crs": "坐标系必须是 WGS-84。",
    "empty": "范围是空的。",
    "too_many_parts": "最多 100 个部分。",
    "too_many_vertices": "最多 5000 个顶点。",
    "not_a_ring": "边界应是坐标列表。",
    "too_few_vertices": "边界至少要 4 个坐标。",
    "not_closed": "边界没有闭合，末点应与首点相同。",
    "not_a_position": "坐标应为 [经度, 纬度] 两个数字。",
    "not_2d": "坐标只要经度和纬度，不带高程。",
    "not_finite": "坐标不是有限的数。",
    "swapped": "经度在前、纬度在后，看起来写反了。",
    "outside": "坐标不在本县范围内。",
    "bbox": "bbox 应为西、南、东、北四个数。",
    "too_intricate": "边界过于曲折、涉及人数太多，请画得简单些。",
    "self_crossing": "边界自相交或各部分重叠。",
    "too_small": "范围不足 1 平方米。",
    "radius": "半径须大于 0、不超过 50 公里。",
}


def sentence(code: str, where: dict[str, Any], *, english: bool) -> str:
    """Say a code in one language, with its place filled in; an unknown code says itself."""
    chinese, other = SENTENCES.get(code, (code, code))
    values = {key: value for key, value in where.items() if isinstance(value, str | int | float)}
    if "fault" in where and not english:
        values["sentence"] = SHAPES.get(str(where["fault"]), str(where.get("sentence", "")))
    try:
        return (other if english else chinese).format(**values)
    except (KeyError, IndexError):
        return other if english else chinese
