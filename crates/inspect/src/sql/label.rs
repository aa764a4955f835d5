//! The label that the server gives an output column without AS.

use pg_query::protobuf::{SqlValueFunctionOp, SubLinkType};
use pg_query::{Node, NodeEnum};

use super::scope::string;

/// The label, as `FigureColname` of the server figures it; empty where this module does not tell.
pub(super) fn label(node: &Node) -> &str {
    strong(node).or_else(|| weak(node)).unwrap_or("?column?")
}

/// A name that a cast around it does not replace.
fn strong(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(column) => column.fields.iter().rev().find_map(string),
        NodeEnum::FuncCall(call) => call.funcname.last().and_then(string),
        NodeEnum::AIndirection(indirection) => indirection
            .indirection
            .iter()
            .rev()
            .find_map(string)
            .or_else(|| strong(indirection.arg.as_deref()?)),
        NodeEnum::CollateClause(collate) => strong(collate.arg.as_deref()?),
        NodeEnum::TypeCast(cast) => strong(cast.arg.as_deref()?),
        NodeEnum::AExpr(expr) if expr.kind == pg_query::protobuf::AExprKind::AexprNullif as i32 => {
            Some("nullif")
        }
        NodeEnum::CaseExpr(case) => strong(case.defresult.as_deref()?),
        NodeEnum::SubLink(sublink) => match SubLinkType::try_from(sublink.sub_link_type) {
            Ok(SubLinkType::ExistsSublink) => Some("exists"),
            Ok(SubLinkType::ArraySublink) => Some("array"),
            Ok(SubLinkType::ExprSublink) => match sublink.subselect.as_deref()?.node.as_ref()? {
                // The subquery's own first column.
                NodeEnum::SelectStmt(select) => match select.target_list.first()?.node.as_ref()? {
                    NodeEnum::ResTarget(target) if !target.name.is_empty() => Some(&target.name),
                    NodeEnum::ResTarget(target) => Some(label(target.val.as_deref()?)),
                    _ => Some(""),
                },
                _ => Some(""),
            },
            _ => None,
        },
        NodeEnum::AArrayExpr(_) => Some("array"),
        NodeEnum::RowExpr(_) => Some("row"),
        NodeEnum::CoalesceExpr(_) => Some("coalesce"),
        NodeEnum::MinMaxExpr(expr) => Some(
            if expr.op == pg_query::protobuf::MinMaxOp::IsGreatest as i32 {
                "greatest"
            } else {
                "least"
            },
        ),
        NodeEnum::GroupingFunc(_) => Some("grouping"),
        NodeEnum::MergeSupportFunc(_) => Some("merge_action"),
        NodeEnum::SqlvalueFunction(value) => Some(value_function(value.op)),
        NodeEnum::XmlExpr(_)
        | NodeEnum::XmlSerialize(_)
        | NodeEnum::JsonFuncExpr(_)
        | NodeEnum::JsonParseExpr(_)
        | NodeEnum::JsonScalarExpr(_)
        | NodeEnum::JsonSerializeExpr(_)
        | NodeEnum::JsonObjectConstructor(_)
        | NodeEnum::JsonArrayConstructor(_)
        | NodeEnum::JsonArrayQueryConstructor(_)
        | NodeEnum::JsonObjectAgg(_)
        | NodeEnum::JsonArrayAgg(_) => Some(""),
        _ => None,
    }
}

/// A name for want of a better one.
fn weak(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::TypeCast(cast) => cast.type_name.as_ref()?.names.last().and_then(string),
        NodeEnum::CaseExpr(_) => Some("case"),
        NodeEnum::CollateClause(collate) => weak(collate.arg.as_deref()?),
        NodeEnum::AIndirection(indirection) => weak(indirection.arg.as_deref()?),
        _ => None,
    }
}

fn value_function(op: i32) -> &'static str {
    match SqlValueFunctionOp::try_from(op) {
        Ok(SqlValueFunctionOp::SvfopCurrentDate) => "current_date",
        Ok(SqlValueFunctionOp::SvfopCurrentTime | SqlValueFunctionOp::SvfopCurrentTimeN) => {
            "current_time"
        }
        Ok(
            SqlValueFunctionOp::SvfopCurrentTimestamp | SqlValueFunctionOp::SvfopCurrentTimestampN,
        ) => "current_timestamp",
        Ok(SqlValueFunctionOp::SvfopLocaltime | SqlValueFunctionOp::SvfopLocaltimeN) => "localtime",
        Ok(SqlValueFunctionOp::SvfopLocaltimestamp | SqlValueFunctionOp::SvfopLocaltimestampN) => {
            "localtimestamp"
        }
        Ok(SqlValueFunctionOp::SvfopCurrentRole) => "current_role",
        Ok(SqlValueFunctionOp::SvfopCurrentUser) => "current_user",
        Ok(SqlValueFunctionOp::SvfopUser) => "user",
        Ok(SqlValueFunctionOp::SvfopSessionUser) => "session_user",
        Ok(SqlValueFunctionOp::SvfopCurrentCatalog) => "current_catalog",
        Ok(SqlValueFunctionOp::SvfopCurrentSchema) => "current_schema",
        _ => "",
    }
}
