"""Every sentence that the server says to a person, in Chinese and in English, by its code."""

import re
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
    "session.wall": ("这块大屏的链接不能用了，请指挥长重新生成。", "This wall's link no longer works; ask a commander for another."),
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
    "coverage.only_groups": ("只有小组才能列出住户。", "Households are listed for a group only."),
    "broadcast.area_invalid": ("范围有误：{sentence}", "The area is wrong: {sentence}"),
    "broadcast.selection_invalid": ("选择有误：{field}。", "The selection is wrong: {field}."),
    "broadcast.grids_empty": ("没有选中任何网格。", "No grid is chosen."),
    "broadcast.county_refused": ("全县发布须单独办理，不能当作普通网格选取。", "The whole county is a separate act, not a grid to pick."),
    "broadcast.county_confirm": ("发给全县，请原样输入县名“{name}”。", "For the whole county, write its name: {name}."),
    "geofence.unknown": ("没有这个常用范围，或已停用。", "There is no such geofence, or it was taken out."),
    "geofence.has_hole": ("这个常用范围里已经挖去了一块，不能再挖，也不能当作要挖去的部分。", "A part is taken out of this saved area already: no second one can be, and it cannot be taken out of another."),
    "geofence.name_taken": ("这个文件夹里已有同名的范围。", "This folder has one of this name already."),
    "broadcast.tags_refused": ("紧急撤离通知发给范围内所有人，不能按标签筛选。", "A danger notice goes to everybody in the area; tags cannot narrow it."),
    "broadcast.not_offered": ("本版本不支持“{field}”。", "“{field}” is not offered in this version."),
    "broadcast.is_cancel": ("这是撤销通知，不能再撤销，也不用上门。", "This is a cancel: it cannot be cancelled, and nobody knocks for it."),
    "broadcast.cancel_waits": ("这条通知的撤销已在等待复核。", "A cancel of this broadcast waits for its approval already."),
    "broadcast.element_missing": ("预警和险情通知要写全：{field}。", "A warning has to state it all: {field} is missing."),
    "broadcast.needs_two_lately": ("一小时内您一人发出的，连同这条共 {residents} 人，超过 {most} 人或涉及整个乡镇（{township}），必须两人办理。", "With what you sent alone within the hour it is {residents} people, more than {most} or a whole township ({township}): two people have to decide."),
    "broadcast.needs_two": ("范围内有 {residents} 人，超过 {most} 人或涉及整个乡镇（{township}），必须两人办理。", "{residents} people, more than {most} or a whole township ({township}): two people have to decide."),
    "broadcast.reviewed": ("这条通知没有等着复查，或已有人复查过。", "Nothing waits for a review, or somebody has reviewed it."),
    "cap.not_xml": ("这份文件不完整或打不开，请重新取一份原文件。", "This document is broken or incomplete; get the original once more."),
    "cap.not_cap": ("这不是 CAP 1.2 预警文件。", "This is no CAP 1.2 document."),
    "cap.element": ("预警文件里的“{element}”缺失或看不懂。", "The document's {element} is missing or cannot be understood."),
    "cap.not_public": ("这份文件不是发给公众的预警，不能转发。", "This document is no warning to the public; it cannot be relayed."),
    "cap.over": ("这份预警的时效已过，不能转发。", "This warning's time is past; it cannot be relayed."),
    "template.brace": ("“{field}”里的大括号不成对。", "A brace in {field} has no partner."),
    "template.over": ("这个模板已经批过，或已停用。", "This template is approved or retired already."),
    "template.not_approved": ("这个模板还没有人批准，不能一人发出。", "Nobody approved this template: it cannot be sent alone."),
    "template.gap_empty": ("“{gap}”还没有填。", "{gap} is empty."),
    "template.gap_unknown": ("模板里没有“{gap}”这一项。", "The template has no gap {gap}."),
    "template.too_long": ("填上以后太长了：{field}。", "Filled in, {field} is too long."),
    "template.routine": ("只有险情类的模板能一人发出。", "Only warnings of danger are sent by one person."),
    "callup.answered": ("{by} 已经应答或叫到了。", "Answered already, by {by}."),
    "broadcast.order_routine": ("只有日常通知能交给网格员逐个确认，险情要直接发出。", "Only a routine message waits for officers to confirm; a warning goes out at once."),
    "picture.unreadable": ("图片读不了，请换一张 JPG 或 PNG。", "The picture cannot be read; take a JPEG or PNG."),
    "picture.too_large": ("图片太大，不能超过 {most} 百万像素。", "The picture is too large: {most} megapixels at most."),
    "picture.unknown": ("没有这张图片，请重新添加。", "There is no such picture; add it again."),
    "trial.no_phone": ("还没有测试手机，请先加一部。", "There is no phone to try it on yet; add one first."),
    "trial.code": ("二维码已用过或过了 10 分钟，请在电脑上重新生成。", "This code was used or is older than ten minutes; make another at the desk."),
    "trial.resident_phone": ("这部手机是居民的，会收不到真的通知，请换一部。", "This is a resident's phone, which would hear no warning any more; take another."),
    "order.answered": ("{by} 已经处理了。", "Answered already, by {by}."),
    "order.not_yours": ("这是别人网格里的，眼下由本人处理。", "These are somebody else's groups, and theirs to answer for now."),
    "sms.unsigned": ("签名不对或已过时。", "The signature is wrong or too old."),
    "session.prove": ("离上次登录已超过 10 分钟，请再输一次密码。", "You signed in more than ten minutes ago: give your password once more."),
    "broadcast.update_waits": ("{by} 正在准备这条通知的下一版，请先等它办完，或者作废它。", "{by} is preparing the next version already; wait for it or discard it."),
    "broadcast.nobody": ("范围内没有登记居民，不能提交。", "Nobody is registered in this area; it cannot be submitted."),
    "broadcast.expires_past": ("截止时间必须晚于现在，且不超过 7 天。", "It has to expire later than now and within 7 days."),
    "broadcast.effective_future": ("生效时间不能晚于截止时间。", "It cannot take effect after it expires."),
    "broadcast.document_needed": ("转发预警要写明文号或发布日期，比如“湖南省气象台 2026 年第 7 号”。", "A relayed warning names its document or its day, such as “Hunan Meteorological Observatory No. 7 of 2026”."),
    "broadcast.authority_needed": ("转发预警必须写明发布单位和文号。", "A relayed warning names its authority and document."),
    "broadcast.state": ("通知处于“{state}”，不能再做这一步。", "The broadcast is {state}; this step is not possible."),
    "broadcast.own_approval": ("起草人不能复核自己的通知，请另一位复核。", "The author cannot approve; another person has to."),
    "broadcast.hash_differs": ("内容、范围或人数已变，请重新查看后再复核。", "Text, area or count has changed; look again before you approve."),
    "broadcast.not_yours": ("只有起草人或复核人可以发出。", "Only the author or the approver sends it."),
    "broadcast.not_a_recipient": ("这条通知没有发给您。", "This broadcast was not sent to you."),
    "broadcast.quiet_hours": ("夜里不发日常通知，{until} 以后再发。险情不受限制。", "Routine messages rest at night; send it after {until}. Warnings of danger are not held back."),
    "broadcast.too_often": ("{name}等 {groups} 个组今天已收到 {most} 条日常通知，明天再发。险情不受限制。", "{groups} groups, {name} among them, had {most} routine messages today; send it tomorrow. Warnings of danger are not held back."),
    "tick.called_since": ("您打钩以后，此人又要帮助或者不肯走，请再去看看。", "After your tick this person needed help or would not leave. Please go there again."),
    "receipt.called_since": ("这是之前按的，后来登记了您需要帮助或者没走。现在安全了，请再按一次。", "This was pressed before; since then it is noted that you need help or stayed. If you are safe now, press it once more."),
    "sms.unknown": ("有 {n} 条回执对不上短信，请稍后再报。", "{n} reports are of no message that is known yet. Please report them again later."),
    "broadcast.over": ("通知已截止或撤销。", "The broadcast is over."),
    "broadcast.stage_wrong": ("这类通知没有这个回执。", "This kind of broadcast has no such answer."),
    "officer.off_duty": ("您还没有上岗，位置不会上传。", "You are off duty: your place is not taken."),
    "officer.rough_fix": ("定位误差约 {metres} 米，太大，没有采用。", "The fix is {metres} m off; it was not taken."),
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
    "people.known": ("登记里已有这个人（姓名和电话都相同）。", "This person is registered already: same name, same phone."),
    "people.place": ("位置不在本县。", "The place lies outside the county."),
    "people.lives_there": ("此人已经住在那一户。", "They live in that household already."),
    "people.same": ("两边是同一个人。", "Both are one and the same."),
    "people.merged": ("此人已与另一条登记合并，那条还在，不能恢复。", "Merged with another entry, which is still there; this one cannot come back."),
    "people.changed_meanwhile": ("您打开后，{by}已改过“{field}”，请核对后再改。", "{by} changed {field} after you opened it; look again before you change it."),
    "people.contacts_most": ("一个人最多 {most} 位联系人。", "{most} contact persons at most."),
    "people.contact_refused": ("对方在自己手机上表示不愿意。", "They said no on their own phone."),
    "people.contact_known": ("这位联系人已经登记过。", "This contact person is noted already."),
    "record.too_many": ("今天申请太多次了，请明天再试，或当面找网格员。", "Too many wishes today; try again tomorrow or ask your officer."),
    "record.decided": ("这条申请已经处理过了。", "This was decided on already."),
    "record.no_value": ("居民填的“{field}”不合规范，请核实后自行修改，或不采纳。", "What the resident gave for {field} cannot be taken; edit it yourself, or refuse."),
    "broadcast.not_yours_to_say": ("您是代收，只能说“已转告”；人在哪里由本人或网格员来说。", "You hear for somebody: say that you told them; where they are, they or their officer say."),
    "tags.unknown": ("没有“{tag}”这个标签，或已停用。", "There is no tag {tag}, or it is retired."),
    "tags.forbidden": ("“{word}”这类标签任何人都不得使用。", "Refused: nobody may be labelled by this ({topic}: “{word}”)."),
    "tags.reason": ("敏感标签要说明理由。", "A sensitive tag needs a reason."),
    "tags.in_use": ("有通知正按“{tag}”发送，等它结束再改。", "A broadcast goes by the tag {tag}; wait until it is over."),
    "tags.list": ("标签表第 {line} 行起读不了；一次最多 2000 行。", "The list cannot be read from line {line} on; 2,000 lines at most."),
    "tags.most": ("标签最多 {most} 个。", "{most} tags at most."),
    "tags.most_on_one": ("一个人最多 {most} 个标签。", "{most} tags on one person at most."),
    "tags.name_taken": ("这个名称已被别的标签使用。", "Another tag has this name."),
    "tags.sensitivity": ("标签已用在居民身上，或者本来就是敏感标签，不能改是否敏感。", "The tag stands on people, or is sensitive; that cannot change."),
    "tags.merge": ("不能并入自己，敏感标签也不能并入普通标签。", "Not into itself, and not a sensitive one into a plain one."),
    "import.empty": ("文件是空的。", "The file is empty."),
    "import.old_excel": ("这是老式 .xls 或加了密码的文件，请另存为不带密码的 .xlsx 再传。", "This is an old .xls, or has a password; save it as .xlsx without one."),
    "import.unreadable": ("文件读不了，可能已损坏，请另存为 .xlsx 或 UTF-8 的 .csv 再传。", "The file cannot be read, it may be damaged; save it as .xlsx or as .csv in UTF-8."),
    "import.unreadable.line": ("文件从第 {line} 行起读不了，请看看那里的引号，或另存为 .xlsx 再传。", "The file cannot be read from line {line} on; look for a quote there, or save it as .xlsx."),
    "import.part_differs": ("第 {number} 段已经传过，内容却不一样，请重新上传整个文件。", "Part {number} came before with another content; upload the file anew."),
    "import.encoding": ("第 {line} 行的文字编码认不出来，请另存为 UTF-8。", "The encoding of line {line} is unknown; save it as UTF-8."),
    "import.bomb": ("文件解开后大得不正常，已拒绝。", "Refused: the file unpacks into something enormous."),
    "import.unsafe": ("压缩包里的文件名有问题，已拒绝。", "Refused: the names inside the file are unsafe."),
    "import.encrypted": ("文件加了密码，请去掉密码再传。", "The file has a password; take it off."),
    "import.not_a_workbook": ("这不是 Excel 文件，请传 .xlsx 或 .csv。", "This is no workbook; send .xlsx or .csv."),
    "import.no_headings": ("前 6 行里没找到表头，表头至少要有“姓名”。", "No headings in the first 6 lines; there has to be a name column at least."),
    "import.no_name_column": ("没有“姓名”这一列，请指定哪一列是姓名。", "There is no name column; say which one it is."),
    "import.no_place_columns": ("看不出每个人属于哪个组：请加上乡镇、村、组，或组代码、地址、经纬度。", "Nothing says which group people belong to: add township, village and group, or the group's code, an address, or a place."),
    "import.heading_twice": ("第 {columns} 列都当成了同一项，请只留一列。", "Columns {columns} are taken for the same field; keep one."),
    "import.too_many_rows": ("超过 {most} 行，请分成几个文件。", "More than {most} rows; split the file."),
    "import.too_large": ("文件不能为空，也不能超过 {most} MB。", "A file has at least a byte and at most {most} MB."),
    "import.too_many_open": ("还有 {most} 个导入没处理完，请先处理或作废。", "{most} imports are open; finish or discard one first."),
    "import.state": ("这个导入处于“{state}”，不能做这一步。", "The import is {state}; this step is not possible."),
    "import.beyond": ("有的行已不在您的辖区内，没有写入，请重新上传。", "Some rows lie outside your area now; nothing was written. Upload it again."),
    "export.too_many": ("这个网格有 {count} 人，一次最多导出 {most} 人，请选小一点的网格。", "{count} people live there, one file takes {most}; choose a smaller grid."),
    "row.missing": ("没有填写", "nothing is said"),
    "row.formula": ("是公式，请粘贴成数值", "a formula; paste its value"),
    "row.error_value": ("单元格是错误值", "the cell is an error"),
    "row.rounded": ("号码被表格改成了科学计数，末尾几位已丢失", "the spreadsheet rounded the number; its last digits are lost"),
    "row.too_long": ("太长", "too long"),
    "row.too_short": ("太短，要写全名", "too short; the whole name is needed"),
    "row.hidden_signs": ("含有看不见的控制字符或换行", "hidden signs or line breaks"),
    "row.no_name": ("不像姓名", "no name"),
    "row.no_phone": ("不是手机号或座机号", "no mobile or landline number"),
    "row.several": ("一格里有几个号码，请只留一个", "several numbers in one cell; keep one"),
    "row.no_date": ("不是日期", "no date"),
    "row.unlikely": ("日期不可能", "an impossible date"),
    "row.no_identity": ("不是身份证号码", "no identity number"),
    "row.check_digit": ("身份证号码校验不对", "the identity number's check digit is wrong"),
    "row.no_presence": ("请填“在家”“外出”或“不详”", "say here, away or unknown"),
    "row.unknown_code": ("没有这个组代码", "there is no group with this code"),
    "row.unknown_name": ("没有这个名称", "there is no such name"),
    "row.several_names": ("有几个同名的村，请写明乡镇", "several villages have this name; give the township"),
    "row.no_path": ("地址里看不出乡镇、村、组", "no township, village and group in the address"),
    "row.not_a_number": ("不是数字", "no number"),
    "row.swapped": ("经度和纬度写反了", "longitude and latitude are swapped"),
    "row.outside_county": ("不在本县", "outside the county"),
    "row.elsewhere": ("不在上传时所选的网格内", "outside the grid that the file was said to be of"),
    "row.outside": ("不在您的辖区内", "outside your area"),
    "row.twice": ("与第 {said} 行是同一个人", "the same person as in line {said}"),
    "row.several_people": ("登记里有几个人对得上", "several people of the register fit"),
    "row.nobody": ("登记里没有对得上的人", "nobody in the register fits"),
    "row.moved": ("登记里此人在别的组，写入就是迁到这里", "registered in another group; taking it moves them here"),
    "row.phone_taken": ("这个电话登记在别的户名下", "this phone is registered in another household"),
    "row.gone": ("读表以后，此人已不在登记里", "no longer in the register since the file was read"),
    "row.changed": ("读表以后，有人改过此人的登记，没有覆盖", "somebody changed this person since the file was read; left as it is"),
    "row.came": ("这份表读过以后，别处已经登记了这个人", "registered from elsewhere after this file was read"),
    "row.left": ("登记册里已迁出", "noted in the register as having left"),
    "row.died": ("登记册里已去世", "noted in the register as having died"),
    "row.erased": ("本人已注销登记，表格不能再录入；本人要求恢复的，请手工新增", "had themselves erased; a spreadsheet cannot bring them back, only an officer whom they ask"),
    "row.namesake": ("同组已有同名同岁的人", "somebody of this name and age lives in the group"),
    "place.inaccurate": ("定位不够准（要在{most}米以内），请到室外再试。", "The position is not exact enough (within {most} m); try again outdoors."),
    "place.over": ("位置共享已到期，请重新打开。", "Sharing your position has ended; turn it on again."),
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
    "nothing_left": "去掉以后什么也不剩了。",
    "radius": "半径须大于 0、不超过 50 公里。",
}


SMS = {
    "behalf": "请马上告诉{name}：", "until": "（{time}前有效）", "cancelled": "已撤销：{headline}。{reason}", "outside": "{headline}。范围有变，您家现在不在范围内了。", "time": "%m月%d日%H:%M",
}  # fmt: skip
HELP_MARK = "求助："  # before the headline of what somebody asks for help in
DRILL_MARK, DEMO_MARK = "【演练】", "【演示】"
KINDS: dict[str, tuple[str, str]] = {
    "danger_notice": ("紧急撤离通知", "Evacuation"), "road_hazard": ("道路险情", "Road hazard"), "relayed_warning": ("转发预警", "Relayed warning"),
    "lost_person": ("寻人", "Missing person"), "found_property": ("失物招领", "Found property"), "notice": ("通知", "Notice"), "campaign": ("宣传", "Campaign"),
}  # fmt: skip
FIELDS: dict[str, str] = {
    "name": "姓名", "phone": "电话", "birth_year": "出生年份", "address": "住址", "group": "小组", "place": "位置", "presence": "人在哪里", "location": "位置",
    "reason": "理由", "password": "密码", "username": "用户名", "expires": "截止", "headline": "标题", "description": "险情和注意事项", "instruction": "怎么做", "issuer": "发布单位", "home": "所在户", "code": "编码",
    "category": "类别", "months": "有效月数", "name_zh": "名称", "definition_zh": "定义", "purpose_zh": "用途", "owner_zh": "责任单位", "name_en": "英文名", "sensitive": "敏感",
    "value": "内容", "authority": "来源和文号", "title": "标题", "remark": "意见", "hours": "小时数",
}  # fmt: skip
REASONS: dict[str, str] = {
    "no Chinese mobile or landline number": "不是手机号或座机号", "a year that has not come": "这一年还没到", "Field required": "没有填写", "signs that show nothing": "有看不见的字符",
    "nothing that can be seen": "是空的", "control signs, line breaks or signs that turn the direction of reading": "有控制字符或换行",
    "no phone or identity numbers in a reason: it is kept in clear": "理由里不要写电话、证件号", "missing": "没有填写", "more than a year from now": "离现在超过一年", "Extra inputs are not permitted": "没有这一项",
}  # fmt: skip
# The checker's own sentences, with what is in them.
PATTERNS = (
    (r"Input should be a valid (?:integer|number).*", "要填数字"), (r"Input should be a valid (?:date|datetime|time).*", "时间不对"),
    (r"Input should be greater than or equal to (.+)", "不能小于 {0}"), (r"Input should be less than or equal to (.+)", "不能大于 {0}"),
    (r"String should have at least (\d+) characters?", "至少 {0} 个字"), (r"String should have at most (\d+) characters?", "最多 {0} 个字"),
    (r"(?:List|Tuple) should have at least (\d+) items?.*", "至少 {0} 项"), (r"(?:List|Tuple) should have at most (\d+) items?.*", "最多 {0} 项"),
    (r"String should match pattern.*", "格式不对"), (r"Input should be '.*", "不在可选的里面"),
)  # fmt: skip


def is_english(language: str) -> bool:
    """Say whether an Accept-Language header asks for English first; everything else is answered in Chinese."""
    return language.lower().startswith("en")


# How far a broadcast or an incident has come, as the faces say it.
STATES = {
    "draft": "草稿", "submitted": "待复核", "approved": "已复核，还没发出", "countdown": "倒计时中", "sending": "正在送出", "in_force": "生效中", "expired": "已截止",
    "superseded": "已有新版", "cancelled": "已撤销", "reported": "待接办", "acknowledged": "已接办", "dispatched": "已派人", "on_scene": "已到现场", "resolved": "已处理", "closed": "已办结",
}  # fmt: skip


def sentence(code: str, where: dict[str, Any], *, english: bool) -> str:
    """Say a code in one language, with its place filled in; an unknown code says itself."""
    chinese, other = SENTENCES.get(f"{code}.line" if "line" in where else code) or SENTENCES.get(code, (code, code))
    values = {key: value for key, value in where.items() if isinstance(value, str | int | float)}
    if not english:
        values |= {key: FIELDS.get(str(values[key]), values[key]) for key in ("field",) if key in values}
        values |= {key: _reason(str(values[key])) for key in ("reason",) if key in values}
        values |= {key: STATES.get(str(values[key]), values[key]) for key in ("state",) if key in values}
    if "fault" in where and not english:
        values["sentence"] = SHAPES.get(str(where["fault"]), str(where.get("sentence", "")))
    try:
        return (other if english else chinese).format(**values)
    except (KeyError, IndexError):
        return other if english else chinese


def _reason(said: str) -> str:
    for pattern, chinese in PATTERNS:
        if found := re.fullmatch(pattern, said):
            return chinese.format(*found.groups())
    return REASONS.get(said, said)
