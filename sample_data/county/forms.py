"""The offices' forms: which field stands under which header, and how its values are written.

A line is `field header` or `field top/leaf`; `+` marks a column that the total row adds up, `@` one
whose money is written in 万元. Headers are the ones offices use, among the aliases of the definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOUSEHOLD = """
year 年份
township 乡镇
village 行政村
household_id 户编号
head_name 户主姓名
head_sex 户主性别
head_id_card 户主证件号码
persons+ 家庭情况/家庭人口数（人）
labour_force+ 家庭情况/其中：劳动力人数
household_type 家庭情况/户类型
poverty_status 家庭情况/脱贫状态
escape_year 家庭情况/脱贫年度
main_cause 家庭情况/主要致贫原因
monitor_type 监测/监测对象类别
identified_on 监测/识别监测时间
identified_income 监测/识别时人均纯收入（元）
risks 监测/返贫致贫风险
risk_removed 监测/风险是否已消除
risk_removal 监测/风险消除方式
risk_removed_on 监测/风险消除时间
support_only 监测/整户无劳动能力兜底保障户
dangerous_house 生活条件/是否危房
house_grade 生活条件/危房等级
dropout 生活条件/义务教育适龄失学辍学
safe_water 生活条件/是否解决安全饮用水
uninsured 生活条件/有家庭成员未参加基本医保
sanitary_toilet 生活条件/是否有卫生厕所
house_area 生活条件/住房面积（平方米）
house_structure 生活条件/房屋主要结构
house_built 生活条件/建房时间
road_type 生活条件/入户路类型
road_distance 生活条件/与村主干路距离（公里）
fuel 生活条件/主要燃料类型
cultivated_land+ 土地（亩）/耕地面积
returned_to_forest+ 土地（亩）/退耕还林面积
wage+ 工资性收入/合计
wage_migrant+ 工资性收入/其中：务工收入
wage_department_job+ 工资性收入/行业部门公益岗
wage_township_job+ 工资性收入/乡镇公益岗
wage_village_job+ 工资性收入/村级公益岗
wage_picking+ 工资性收入/自主采摘
business+ 生产经营性收入/合计
business_crops+ 生产经营性收入/其中：种植收入
property+ 财产性收入/合计
property_land+ 财产性收入/其中：土地流转
transfer+ 转移性收入/合计
family_planning+ 转移性收入/计划生育金
allowance+ 转移性收入/低保金
destitute_support+ 转移性收入/特困供养金
pension+ 转移性收入/养老保险金
eco_compensation+ 转移性收入/生态补偿金
other_transfer+ 转移性收入/其他转移性收入
business_cost+ 生产经营性支出
gross_income+ 年总收入
net_income+ 年纯收入
net_income_per_capita 人均纯收入（元）
help_industry 帮扶措施/产业帮扶
help_employment 帮扶措施/就业帮扶
help_finance 帮扶措施/金融帮扶
help_public_job 帮扶措施/公益岗位帮扶
help_health 帮扶措施/健康帮扶
help_compulsory_education 帮扶措施/义务教育保障
help_education 帮扶措施/其他教育帮扶
help_security 帮扶措施/综合保障
help_housing 帮扶措施/住房安全保障
help_water 帮扶措施/饮水安全保障
help_society 帮扶措施/社会帮扶
help_relocation 帮扶措施/搬迁帮扶
help_living 帮扶措施/生产生活条件改善
help_infrastructure 帮扶措施/基础设施建设
paid_cash+ 农户投入/实际自筹资金
pledged_days+ 农户投入/承诺投工天数
labour_days+ 农户投入/实际投工天数
"""

MEMBER = """
year 年度
township 乡镇
village 行政村
household_id 户编号
person_id 人口编号
name 姓名
sex 性别
birth_date 出生日期
id_card 证件号码
ethnicity 民族
relation 与户主关系
education 文化程度
school_status 在校生状况
dropout_reason 失学或辍学原因
mandarin 是否会讲普通话
health 健康状况
disability_category 残疾类别
disability_grade 残疾等级
labour_skill 劳动技能
work_place 务工所在地
work_area 务工区域
work_months 务工时间（月）
monthly_wage 月务工收入（元）
public_job 公益性岗位类型
public_job_months 公益性岗位（月数）
disability_subsidy 是否享受残疾人补贴
resident_medical 是否参加新型农村合作医疗（城乡居民基本医疗保险）
resident_pension 是否参加城乡居民基本养老保险
"""

INSURED = """
worker_medical 是否参加城镇职工基本医疗保险
worker_pension 是否参加城镇职工基本养老保险
"""

JOB = """
year 年度
township 乡镇
household_id 户编号
person_id 人口编号
village 行政村
name 姓名
working 是否正在务工
started_on 务工开始时间
ended_on 务工结束时间
work_place 务工所在地
work_area 务工区域
employer 务工企业名称
industry 产业分类
employment_channel 就业渠道
point_to_point 是否点对点输送
monthly_wage 月务工收入（元）
"""

VILLAGE = """
year 年份
township 乡镇
village 行政村
division_code 行政区划代码
village_kind 村属性
terrain 地形地貌
rural_households+ 户数和人口/总户数（户）
rural_population+ 户数和人口/总人口数（人）
women+ 户数和人口/其中：妇女人口数
disabled_persons+ 户数和人口/其中：残疾人口数
labour_force+ 户数和人口/劳动力人数
migrant_workers+ 户数和人口/#外出务工人数
party_members+ 户数和人口/党员人数
poor_households+ 贫困与监测/贫困户数
poor_persons+ 贫困与监测/贫困人口数
escaped_households+ 贫困与监测/本年脱贫户数
escaped_persons+ 贫困与监测/本年脱贫人数
returned_persons+ 贫困与监测/本年返贫人数
monitored_households+ 贫困与监测/监测对象户数
monitored_persons+ 贫困与监测/监测对象人数
allowance_households+ 贫困与监测/低保户数
allowance_persons+ 贫困与监测/低保人口数
cultivated_land+ 土地资源（亩）/耕地面积
irrigated_land+ 土地资源（亩）/其中：有效灌溉面积
forest_land+ 土地资源（亩）/林地面积
returned_to_forest+ 土地资源（亩）/退耕还林面积
net_income_per_capita 收入与产业/农民人均纯收入（元）
collective_income+@ 收入与产业/村级集体经济收入（万元）
cooperatives+ 收入与产业/农民专业合作社个数
mutual_fund+@ 收入与产业/互助资金总额（万元）
tourism_households+ 收入与产业/开展乡村旅游户数
farm_training+ 收入与产业/农业科技培训（人次）
skill_training+ 收入与产业/就业技能培训（人次）
hard_road 基础设施/到乡镇是否通沥青(水泥)路
unpaved_road+ 基础设施/到乡镇未通沥青(水泥)路里程（公里）
bus 基础设施/是否通客运班车
unsafe_water_households+ 基础设施/未实现饮水安全户数
dangerous_houses+ 基础设施/危房户数
houses_repaired+ 基础设施/完成危房改造
clinics+ 公共服务/卫生室个数
licensed_doctors+ 公共服务/执业(助理)医师人数
public_toilets+ 公共服务/公共厕所个数
waste_points+ 公共服务/垃圾集中堆放点个数
sewage_facilities+ 公共服务/生活污水处理设施个数
primary_schools+ 公共服务/小学个数
school_age_children+ 公共服务/义务教育适龄儿童少年数
dropouts+ 公共服务/失学辍学人数
libraries+ 公共服务/文化(图书)室个数
broadcast_households+ 文化与信息/通广播电视户数
cultural_events+ 文化与信息/文体活动次数
villagers_meetings+ 文化与信息/村民(代表)会议次数
broadband_households+ 文化与信息/通宽带户数
mobile_internet_households+ 文化与信息/能用手机上网户数
medical_insured+ 社会保障/参加城乡居民基本医疗保险人数
medical_aid+ 社会保障/医疗救助人次
pension_insured+ 社会保障/参加城乡居民基本养老保险人数
worker_pension_insured+ 社会保障/参加城镇职工基本养老保险人数
"""

FUND = """
fund_id 资金编号
year 年份
township 乡镇
village 行政村
project_id 项目编号
source 资金来源
stage 资金阶段
form 投入方式
amount@ 金额
labour_days 投工天数
date 日期
document_no 文号
department 主管部门
integrated 是否纳入统筹整合
carried_over 是否上年结转
"""

PROJECT = """
project_id 项目编号
year 年份
township 乡镇
village 行政村
project_name 项目名称
category 项目类别
subcategory 项目子类型
nature 建设性质
in_library 是否入库
library_year 入库年度
approved_on 批复日期
department 主管部门
implementer 实施单位
content 建设内容及规模
planned_start 计划开工日期
planned_finish 计划完工日期
started_on 实际开工日期
finished_on 实际完工日期
quantity_unit 计量单位
planned_quantity 计划实物工程量
completed_quantity 累计完成实物工程量
progress 形象进度（%）
planned_investment+@ 计划总投资（万元）
completed_investment+@ 累计完成投资（万元）
paid_amount+@ 累计支付资金（万元）
beneficiary_households 受益户数
beneficiary_persons 受益人数
poor_beneficiary_households 其中：受益贫困户数
poor_beneficiary_persons 其中：受益贫困人口数
village_decision 是否经村民(代表)会议决定
deciding_households 参与决策户数
published 是否公告公示
benefit_link 联农带农机制
supervisors 村民监督员人数
accepted_on 验收日期
acceptance 验收结果
expected_return@ 预期年收益（万元）
payback_years 投资回收期（年）
risk_cover 是否有风险保障
upkeep 管护单位
"""

BENEFIT = """
benefit_id 受益编号
year 年份
township 乡镇
village 行政村
project_id 项目编号
household_id 户编号
item 受益事项
kind 受益方式
source 资金来源
amount+ 受益金额（元）
date 受益日期
"""

TARGET = """
target_id 目标编号
year 下达年度
target_level 目标适用层级
indicator 目标指标
baseline_year 基期年份
target_year 目标年份
target_value 目标值
department 目标责任单位
person 目标责任人
deadline 完成期限
set_on 目标下达日期
reason 目标调整原因
source 目标依据
"""

CORRECTION = """
number 偏差编号
year 偏差年度
township 乡镇
subject 偏差对象编号
decision 纠偏决定
measure 纠偏措施
owner 纠偏责任单位
decided_on 纠偏决定日期
done_on 纠偏完成日期
"""

NEED = """
need_id 需求编号
year 需求年度
township 乡镇
village 行政村
what 需求或问题内容
kind 需求类别
urgency 紧迫程度
households 涉及户数
persons 涉及人数
raised_on 需求提出日期
proposal 乡镇拟办意见
proposed_on 乡镇上报日期
reply 县级答复
replied_on 县级答复日期
refusal_reason 不同意理由
project_id 对应项目编号
closed_on 办结日期
satisfaction 群众满意度
"""

EVENT = """
event_kind 变动类型
year 年度
old_household 原户编号
new_household 现户编号
person_name 变动人员姓名
old_id 原证件号码
new_id 现证件号码
"""

OTHER_WORDS: Mapping[str, str] = {
    "户编号": "户号",
    "户主证件号码": "户主身份证号码",
    "家庭情况/家庭人口数（人）": "家庭情况/家庭人口（人）",
    "年纯收入": "家庭纯收入",
    "年总收入": "家庭总收入",
    "证件号码": "公民身份号码",
    "人口编号": "人编号",
    "劳动技能": "劳动能力",
    "在校生状况": "在校生情况",
}
"""How one township heads the same columns."""

SOURCES: Mapping[str, str] = {
    "special_central": "中央财政衔接推进乡村振兴补助资金",
    "special_provincial": "省级衔接资金",
    "special_county": "县级衔接资金",
    "sector_central": "中央行业",
    "sector_provincial": "省级行业资金",
    "sector_county": "县级行业资金",
    "integrated": "统筹整合资金",
    "east_west": "东西部协作资金",
    "designated_help": "定点帮扶资金",
    "donation": "社会捐赠",
    "enterprise": "企业投资",
    "credit": "银行信贷",
    "village_collective": "村集体自筹",
    "household_cash": "群众自筹",
    "household_labour": "群众投工投劳",
}
STAGES: Mapping[str, str] = {"planned": "计划", "allocated": "下达", "arrived": "到位", "paid": "支出"}
WAYS: Mapping[str, str] = {"cash": "现金", "labour": "投工投劳"}


@dataclass(frozen=True)
class Column:
    """A column of a form: the field, its headers from top to leaf, and how it is written."""

    field: str
    head: tuple[str, ...]
    summed: bool
    scale: int


def columns(form: str, words: Mapping[str, str] | None = None) -> list[Column]:
    """The columns of a form; `words` replaces some headers."""
    found = []
    for line in filter(None, form.splitlines()):
        mark, head = line.split(" ", 1)
        field = mark.rstrip("+@")
        head = (words or {}).get(head, head)
        found.append(Column(field, tuple(head.split("/")), "+" in mark, 10_000 if "@" in mark else 1))
    return found
