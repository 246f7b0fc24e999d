"""Labels that nobody may put on anybody (product.md 9): refused by name, whoever asks, when made, edited or imported.

A list of words finds the plain ones. It is no proof that a tag is harmless: purpose, owner and expiry are required, and
the auditor sees every tag that is made.
"""

import re
import unicodedata

WORDS = {
    "belief": "宗教|信教|信仰|教徒|基督|天主教|伊斯兰|穆斯林|佛教|信佛|信主|道教|邪教|法轮|religio|church|muslim|christian|buddhis|\\bfaith\\b|\\bsect\\b",
    "ethnicity": "民族|族别|[汉苗瑶回侗藏维壮满蒙彝白畲羌]族|土家族|布依族|蒙古族|朝鲜族|哈萨克|维吾尔|回民|ethnic|\\brace\\b|racial|nationalit|minorit",
    "opinion": "政治|党员|党派|思想|观点|立场|舆情|网评|异见|党外|politic|opinion|dissident|activist",
    "petitioning": "上访|信访|缠访|闹访|告状|维权|petition|complainant",
    "criminal record": "前科|犯罪|刑释|刑满|服刑|劳改|社区矫正|矫正人员|在逃|嫌疑|坐过?牢|蹲过?监|criminal|convict|offender|parole|probation|ex-prison|arrest",
    "drug treatment": "吸毒|戒毒|涉毒|毒品|冰毒|海洛因|美沙酮|drug (use|abus|treat|addict)|addict|narcotic|methadone",
    "mental illness": "精神|肇事肇祸|疯|癫|抑郁|躁狂|mental|psychiatr|schizo|depressi|bipolar|insan",
    "key persons": "重点人|重点人员|重点对象|关注人员|维稳|稳控|管控对象|黑名单|key (person|people|individual)|blacklist|watch ?list|stability",
    "disease of shame": "艾滋|(?-i:HIV|\\bAIDS\\b)|性病|梅毒|syphilis",
    "judgement": "老赖|失信|贫困户|好吃懒做|不务正业|品行|信用分|积分|超生|计生|debtor|deadbeat|lazy|credit score|social score",
}
RULES = {topic: re.compile(words, re.IGNORECASE) for topic, words in WORDS.items()}


def forbidden(*texts: str) -> tuple[str, str] | None:
    """Say which topic a tag's texts touch, and with which word; None when with none.

    Args:
        texts: name, definition and purpose, in whatever language; signs put between the letters make no difference.
    """
    for text in texts:
        plain = unicodedata.normalize("NFKC", text)
        squeezed = re.sub(r"[^\w]|_", "", plain)
        for topic, rule in RULES.items():
            hit = rule.search(plain) or rule.search(squeezed)
            if hit:
                return topic, hit.group(0)
    return None
