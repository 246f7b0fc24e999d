// What people read, as a Hunan officer would say it. words/en.ts has the same keys, held by its type.
export const zh = {
  demo: "演示", language: "English", live: "实时", lastEvent: "{ago}更新", noEventYet: "已连上", stale: "数据停在 {at}，正在重连",
  synthetic: "演示数据 · 乡镇以下边界为合成，非真实界线", signIn: "登录", signOut: "退出", username: "用户名", password: "密码",
  signInTitle: "网格图 · 登录", signInNote: "仅供本县值班、规划和网格人员使用", loading: "正在载入…", loadingMap: "地图载入中…",
  retry: "再试一次", noAnswer: "网络不通，服务器没有回应。", close: "关闭", back: "返回", cancel: "取消", people: "{n} 人",
  // wall
  wallTitle: "{county} · 网格指挥", reachable: "可触达居民", reachableOf: "{some} / {all} 人", townships: "乡镇街道", villages: "村（社区）",
  groups: "村民小组", uncovered: "无人负责网格", online: "在线居民", openIncidents: "未办结事件", weakGroups: "待补的小组",
  incidents: "事件", incidentsOpen: "事件 · 待办 {n}", noIncidents: "眼下没有待办事件", noBroadcasts: "眼下没有生效的通知", alsoRunning: "另有 {n} 条在生效", coverageLegend: "可触达率",
  missingLegend: "未报平安", nobodyLegend: "无人负责", remaining: "余 {time}", unaccounted: "人未报平安", unseen: "人未看到", aboutToGet: "人即将收到",
  sentAt: "{time} 发出 · 登记 {n} · 可触达 {c}", groupsTouched: "{where}等 {v} 村 {g} 组", mostMissing: "没报平安最多的村", countdown: "{s} 秒后发出", cancelled: "已撤销", expired: "已截止",
  pushed: "已送达", displayed: "已看到", acknowledged: "已回执", moving: "撤离中", safe: "已安全", need_help: "求助", accountedFor: "已落实",
  ticker_reported: "{where} 上报：{title}", ticker_acknowledged: "{title} 已有人接办", ticker_resolved: "{title} 已办结",
  ticker_started: "{issuer} 发出：{headline}", ticker_cancelled: "已撤销：{headline}", ticker_expired: "已截止：{headline}", ticker_stopped: "倒计时已停止：{headline}", ticker_nothing: "眼下没有新动态",
  // kinds
  lost_child: "走失儿童", lost_elder: "走失老人", landslide: "山体滑坡", flood: "洪涝", fire: "火情", fraud: "疑似电诈", found_property: "拾到财物", lost_property: "遗失财物", dispute: "邻里纠纷", hazard: "隐患", request: "群众求助",
  seal_lost_child: "童", seal_lost_elder: "老", seal_landslide: "险", seal_flood: "洪", seal_fire: "火", seal_fraud: "诈", seal_found_property: "物", seal_lost_property: "失", seal_dispute: "纠", seal_hazard: "患", seal_request: "户",
  extreme: "特别严重", severe: "严重", moderate: "较重", minor: "一般", reported: "已上报", acknowledgedState: "已接办", resolved: "已办结",
  danger_notice: "紧急撤离通知", road_hazard: "道路险情", relayed_warning: "转发预警", lost_person: "寻人", notice: "通知", campaign: "宣传",
  red: "红色", orange: "橙色", yellow: "黄色", blue: "蓝色", none: "不分级",
  draft: "草稿", submitted: "待复核", approved: "已复核", countdownState: "倒计时", sending: "发送中", in_force: "生效中", superseded: "已更新",
  drill: "【演练】", drillNote: "这是演练",
  // plan
  planTitle: "网格图 · 规划", tabSend: "发布", tabIncidents: "事件", polygon: "多边形", circle: "圆", pickGrids: "选网格", clear: "清除", undo: "上一步", redo: "下一步",
  report: "上报", reportHere: "在地图上点出事件位置", drawHint: "点出范围，回车或点首点完成", circleHint: "点圆心，再点边；半径可在右侧改", pickHint: "点一下选中小组，再点取消", crossed: "边线交叉了，请挪一下这个点",
  registeredHere: "登记在此的居民", families: "户数", connectedHere: "可触达", visitHere: "需上门", awayHere: "在外", counting: "正在清点…", staleCount: "旧数", noArea: "先在地图上画出范围", noAreaHow: "左侧选“多边形”“圆”或“选网格”。画好后，这里马上列出里面是谁。",
  everybody: "撤离通知发给范围内所有人，标签只用于排序", radius: "半径（米）", kind: "类别", level: "级别", headline: "标题", instruction: "怎么做", description: "情况", issuer: "发布单位", authority: "预警单位和文号", expires: "截止", hours: "{n} 小时后", isDrill: "这是演练，不是真的",
  step: "第 {n} 步 / 共 4 步", stepArea: "范围", stepWords: "内容", stepApproval: "复核", stepSend: "发出", submit: "提交，请人复核", approve: "复核通过", send: "发出", stop: "停！先不发", cancelBroadcast: "撤销通知", cancelReason: "撤销原因", cancelOut: "撤销已送出", approveCancel: "同意撤销",
  waitingApproval: "等另一位同事复核", ownDraft: "起草人不能复核自己的通知", broadcasts: "通知", noOther: "还没有通知。画出范围就能起草。", toApprove: "待您复核", author: "起草 {name}", approver: "复核 {name}",
  area: "面积 {n} 平方公里", length: "周长 {n} 公里", title: "什么事", severity: "严重程度", place: "位置", fillTitle: "请写明发生了什么", reportDone: "已上报 · 编号 {n}", acknowledge: "接办", resolve: "办结", groupsIn: "{n} 个组",
  // tablet
  tabletTasks: "任务", tabletGrids: "我的网格", tabletPeople: "居民", urgentFirst: "先急后缓 · 现在要办 {n} 件", nothingToDo: "眼下没有要办的事", nothingHow: "有新的事件或需上门的住户，会自动出现在这里。", notSafe: "请上门：还没报平安", notSeen: "请上门：还没看到", asksHelp: "求助！", ticksKept: "没有信号，已记下 {n} 条，有信号自动补传", ticked: "已记：{who} {what}", takeBack: "撤回", tickNotTaken: "没有记上：{why}", moreDoors: "还有 {n} 人，点这里再看", resolveSure: "再点一次，确认办结",
  told: "已告知", moved: "已转移", away: "在外", refused: "不肯走", not_found: "没找到人", need_help_tick: "要帮助", tickTitle: "登记结果", here: "在家", unknown: "去向不明", noPhone: "没有电话", all: "全部", missed: "没连上的人", connectedPerson: "已连上", notConnected: "没连上", page: "第 {n} 页", next: "下一页", previous: "上一页", registered: "登记", rate: "可触达率",
  notSent: "没送出去：{why} 再点一次重送。",
  // resident
  inboxEmpty: "现在没有发给您的通知", inboxEmptyHow: "有事会自动显示在这里，页面开着就行。", youAreInside: "您家在危险范围内", youAreInsideOther: "您家在通知范围内", whatToDo: "怎么做", untilWhen: "到什么时候", whoSays: "谁发的", before: "{time} 前有效", whereIs: "在哪里", placesMore: "{names}等 {n} 个村（社区）",
  iAmMoving: "我正在撤离", iAmSafe: "我已到安全处", iNeedHelp: "我需要帮助", gotIt: "知道了", readAloud: "读给我听", answered: "已回复：{what}", changeAnswer: "情况变了可以再点", helpTold: "已告诉网格员和指挥中心。请待在安全的地方等人来；情况紧急请打 110 或 119。", notTaken: "您的回复没有送上去：{why}如需帮助，请打电话给网格员或 110。", queued: "信号不好，已记下，正在重送…", notJoined: "这部手机还没有加入", notJoinedHow: "请让网格员给您看二维码，扫一下就好。", cancelledBig: "这条通知已撤销", expiredBig: "这条通知已截止", earlier: "以前的通知", connection: "连接中断，正在重连",
  // people: joining, codes, looking at one person
  joinTitle: "加入本村通知", joinOfficer: "网格员：{name}", joinName: "您的姓名", joinPhone: "您的手机号", joinGo: "加入", joinNotice: "姓名和手机号只用来核对户口登记，遇到险情好通知您。依据《突发事件应对法》办理；不想用了，随时可以退出。", joinWaiting: "已提交，请稍等", joinWaitingDoor: "请让网格员在平板上点一下。", joinWaitingHow: "网格员核对后就加入了。这页可以关掉，以后再打开也行。", joinDone: "加入成功", joinDoneHow: "有险情会直接显示在这部手机上。", joinRefused: "没有加入", joinRefusedHow: "网格员没能核对上您的信息，请当面找网格员。", joinDead: "二维码不能用了", joinsWaiting: "{n} 部手机等您确认", joinAtDoor: "当面扫码", joinAtPoster: "扫张贴的码", joinBoth: "姓名、电话都对得上", joinSamePhone: "电话对得上，姓名不同", joinSameName: "姓名对得上，电话不同", joinSameDoor: "同一户", joinIs: "是 {name} {phone}", joinNobody: "登记里没有对得上的人。请在“居民”里查到本人，当面核对后再登记给他。", joinRefuse: "不是本村的人，不加", joinRefuseSure: "再点一次，确认不加", codeTitle: "扫一扫，接收险情通知", codeDoorHow: "请住户用微信扫一扫，填姓名和手机号。对得上的马上加入。", codePosterHow: "微信扫一扫，填姓名和手机号。遇到山洪、滑坡等险情，通知直接到您手机。", codeUntil: "{time} 前有效", joinGiveTo: "{who} 的手机就是 {name} 的，登记", pairing: "核对码", codeJoined: "已加入 {n} 人", codeSmall: "小张（A6）", codePrint: "打印", codeDoor: "出示二维码，让这户加入", codeMine: "我的二维码", codePoster: "张贴二维码", search: "查找", searchHow: "输入完整姓名或完整电话", searchFound: "找到 {n} 人", searchNone: "没有找到。须输入完整的姓名或电话，且在您的网格内。", fieldPhone: "电话", fieldName: "姓名", fieldAddress: "住址", fieldHidden: "已隐藏", reveal: "查看", reasonAsk: "为什么要看？（会记录在案）", reasonVisit: "上门核实", reasonUrgent: "紧急联系", reasonCorrect: "更正登记", revealNote: "看过什么、为什么看，都会记下来，督查人员查得到。一分钟后自动隐藏。",
  presenceWhere: "人在哪里", presenceSince: "（{on} 登记）", rateWithoutAway: "不算在外 {p}%",
  devices: "我的手机", devicesHow: "这些手机能收到发给您的险情通知。手机丢了、换了，可以退出。", deviceThis: "这部手机", deviceOther: "另一部手机", deviceSince: "{on} 加入", deviceLeave: "退出", deviceLeaveSure: "再点一次，不再接收",
  // officers: assigning and handing over
  whichGrid: "哪个网格", tabAssign: "责任分工", assignPick: "一 选网格", assignPickHow: "在地图上点要安排的村或组，再点取消。", assignWho: "二 选网格员", assignSearch: "按姓名查找网格员", assignNoOfficer: "没有找到网格员。", loadOf: "{n} 人 · {h} 户 · {g} 个网格", assignAllCovered: "每个小组都有人负责。", assignNobody: "{n} 个小组无人负责！", assignPickNobody: "全部选中", assignMore: "等，另有 {n} 个", gridsHeld: "网格数", areaHeld: "面积（平方公里）", loadPicked: "所选", loadBefore: "现有", loadAfter: "之后", assignPrimary: "由其负责", assignDeputy: "作为协管", assignDone: "已安排，即刻生效。", handoverTitle: "整体交接", handoverHow: "调离、离职时用：名下网格、二维码和待办全部交给接手人，到时间原网格员就看不到了。", handoverFrom: "交出：{name}", handoverTo: "接手：{name}", handoverSet: "设为交出人", handoverAt: "交接时间（不填为现在）", handoverGo: "确认交接", handoverDone: "交接已办，等接手人签收。", handoverGot: "{name} 的网格交给您了", handoverList: "{r} 人 {h} 户 · 未办事件 {i} · 等确认的手机 {j} · 二维码 {c}", handoverSign: "签收",
  // accounts
  noGrids: "还没有给您安排网格，请联系乡镇或县里", otp: "动态口令", enrolTitle: "首次登录：设置您的密码", enrolHow: "密码至少 12 位，只有您自己知道。指挥、规划、督查岗位还要用手机上的动态口令软件扫码。", enrolSecret: "扫不了码时手动输入：{secret}", enrolPassword: "新密码", enrolAgain: "再输一遍", enrolGo: "启用账号", enrolDiffers: "两次输入的密码不一样。", tabAccounts: "账号", accountNew: "新建账号", accountRole: "岗位", accountMake: "新建", accountFirst: "{name}（{username}）的初始密码，只显示这一次：", accountFirstHow: "请当面告诉本人，首次登录要改。", accountAll: "全部账号 {n}", accountActive: "已启用", accountWaits: "等本人首次登录", accountClosed: "已停用", accountReset: "重置", accountClose: "停用", accountCloseSure: "确认停用", role_commander: "指挥长", role_planner: "规划员", role_auditor: "督查员", role_wall: "大屏", role_township_head: "乡镇负责人", role_officer: "网格员", role_auxiliary: "辅助网格员",
};
export type Words = Record<keyof typeof zh, string>;
