//! The walk over what makes up and changes a table: columns, defaults, partitions, ALTER TABLE.

use countersign_model::StatementClass;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, DefElem, PartitionBoundSpec,
};
use pg_query::{Node, NodeEnum};

use super::ddl::is_table;
use super::walker::Walker;

impl<'a> Walker<'a> {
    pub(super) fn table_elements(&mut self, elements: &'a [Node]) {
        for node in elements {
            match node.node.as_ref() {
                Some(NodeEnum::ColumnDef(column)) => {
                    self.stored(column.raw_default.as_deref());
                    self.column_definition(column);
                }
                Some(NodeEnum::Constraint(constraint)) => self.constraint(constraint),
                Some(NodeEnum::TableLikeClause(like)) => {
                    self.reads_relation(like.relation.as_ref())
                }
                _ => self.unknown(),
            }
        }
    }

    fn column_definition(&mut self, column: &'a ColumnDef) {
        self.constraints(&column.constraints);
        self.discard_options(&column.fdwoptions);
    }

    pub(super) fn partition_elements(&mut self, elements: &'a [Node]) {
        for node in elements {
            match node.node.as_ref() {
                Some(NodeEnum::PartitionElem(element)) => self.stored(element.expr.as_deref()),
                _ => self.unknown(),
            }
        }
    }

    /// Walks the bounds of a partition, which are computed at once.
    pub(super) fn partition_bound(&mut self, bound: &'a PartitionBoundSpec) {
        self.discard(&bound.listdatums);
        for node in bound.lowerdatums.iter().chain(&bound.upperdatums) {
            let mark = self.sources.len();
            match node.node.as_ref() {
                Some(NodeEnum::PartitionRangeDatum(datum)) => self.optional(datum.value.as_deref()),
                _ => self.expression(node),
            }
            self.sources.truncate(mark);
        }
    }

    pub(super) fn alter_table(&mut self, s: &'a AlterTableStmt) {
        self.admin("alter_table");
        let relation = s.relation.as_ref().filter(|_| is_table(s.objtype));
        self.on_table(relation, |walker| {
            for node in &s.cmds {
                match node.node.as_ref() {
                    Some(NodeEnum::AlterTableCmd(command)) => walker.alter_command(command),
                    _ => walker.unknown(),
                }
            }
        });
    }

    fn alter_command(&mut self, command: &'a AlterTableCmd) {
        match loss(command.subtype) {
            Some(operation) => self.plain(operation, StatementClass::Destructive),
            None if is_known(command.subtype) => {}
            None => self.unknown(),
        }
        self.constraint_or_expression(command.def.as_deref());
    }

    /// Walks what an ALTER says: a column, a constraint, a partition, an option, an expression.
    pub(super) fn constraint_or_expression(&mut self, node: Option<&'a Node>) {
        let Some(kind) = node.and_then(|node| node.node.as_ref()) else {
            return;
        };
        match kind {
            NodeEnum::ColumnDef(column) => {
                // A default of a new column, and USING of a new type, run for each row.
                let mark = self.sources.len();
                self.optional(column.raw_default.as_deref());
                for node in &column.constraints {
                    if let Some(NodeEnum::Constraint(constraint)) = node.node.as_ref() {
                        self.optional(constraint.raw_expr.as_deref());
                    }
                }
                self.sources.truncate(mark);
                self.column_definition(column);
            }
            NodeEnum::Constraint(constraint) => {
                // Checked against each row.
                let mark = self.sources.len();
                self.optional(constraint.raw_expr.as_deref());
                self.sources.truncate(mark);
                self.constraint(constraint);
            }
            NodeEnum::PartitionCmd(partition) => {
                self.reads_relation(partition.name.as_ref());
                if let Some(bound) = &partition.bound {
                    self.partition_bound(bound);
                }
            }
            NodeEnum::RangeVar(range) => self.reads_relation(Some(range)),
            NodeEnum::IndexStmt(_) => self.definition(kind),
            NodeEnum::List(list) => {
                for item in &list.items {
                    self.constraint_or_expression(Some(item));
                }
            }
            NodeEnum::DefElem(option) => self.option_value(option),
            NodeEnum::ReplicaIdentityStmt(_)
            | NodeEnum::AtalterConstraint(_)
            | NodeEnum::TypeName(_)
            | NodeEnum::RoleSpec(_) => {}
            _ => {
                let mark = self.sources.len();
                self.optional(node);
                self.sources.truncate(mark);
            }
        }
    }

    /// Walks an option's value, where the grammar allows expressions among names and numbers.
    pub(super) fn option_value(&mut self, option: &'a DefElem) {
        self.option_node(option.arg.as_deref());
    }

    fn option_node(&mut self, node: Option<&'a Node>) {
        match node.and_then(|node| node.node.as_ref()) {
            None
            | Some(
                NodeEnum::String(_)
                | NodeEnum::Integer(_)
                | NodeEnum::Float(_)
                | NodeEnum::Boolean(_)
                | NodeEnum::AConst(_)
                | NodeEnum::TypeName(_)
                | NodeEnum::RoleSpec(_)
                | NodeEnum::AStar(_)
                | NodeEnum::VariableSetStmt(_),
            ) => {}
            Some(NodeEnum::List(list)) => {
                for item in &list.items {
                    self.option_node(Some(item));
                }
            }
            Some(NodeEnum::DefElem(option)) => self.option_node(option.arg.as_deref()),
            Some(_) => self.unknown(),
        }
    }
}

/// The operation of a subcommand that loses data, or what keeps data right.
fn loss(subtype: i32) -> Option<&'static str> {
    match AlterTableType::try_from(subtype) {
        Ok(AlterTableType::AtDropColumn) => Some("drop_column"),
        Ok(AlterTableType::AtAlterColumnType) => Some("alter_column_type"),
        Ok(AlterTableType::AtDropConstraint) => Some("drop_constraint"),
        Ok(AlterTableType::AtDetachPartition | AlterTableType::AtDetachPartitionFinalize) => {
            Some("detach_partition")
        }
        Ok(AlterTableType::AtDropInherit) => Some("drop_inherit"),
        _ => None,
    }
}

/// Whether a subcommand is one that this module knows to lose nothing.
fn is_known(subtype: i32) -> bool {
    use AlterTableType as At;
    let Ok(subtype) = AlterTableType::try_from(subtype) else {
        return false;
    };
    matches!(
        subtype,
        At::AtAddColumn
            | At::AtColumnDefault
            | At::AtDropNotNull
            | At::AtSetNotNull
            | At::AtSetExpression
            | At::AtDropExpression
            | At::AtSetStatistics
            | At::AtSetOptions
            | At::AtResetOptions
            | At::AtSetStorage
            | At::AtSetCompression
            | At::AtAddIndex
            | At::AtAddConstraint
            | At::AtAlterConstraint
            | At::AtValidateConstraint
            | At::AtAddIndexConstraint
            | At::AtAlterColumnGenericOptions
            | At::AtChangeOwner
            | At::AtClusterOn
            | At::AtDropCluster
            | At::AtSetLogged
            | At::AtSetUnLogged
            | At::AtDropOids
            | At::AtSetAccessMethod
            | At::AtSetTableSpace
            | At::AtSetRelOptions
            | At::AtResetRelOptions
            | At::AtReplaceRelOptions
            | At::AtEnableTrig
            | At::AtEnableAlwaysTrig
            | At::AtEnableReplicaTrig
            | At::AtDisableTrig
            | At::AtEnableTrigAll
            | At::AtDisableTrigAll
            | At::AtEnableTrigUser
            | At::AtDisableTrigUser
            | At::AtEnableRule
            | At::AtEnableAlwaysRule
            | At::AtEnableReplicaRule
            | At::AtDisableRule
            | At::AtAddInherit
            | At::AtAddOf
            | At::AtDropOf
            | At::AtReplicaIdentity
            | At::AtEnableRowSecurity
            | At::AtDisableRowSecurity
            | At::AtForceRowSecurity
            | At::AtNoForceRowSecurity
            | At::AtGenericOptions
            | At::AtAttachPartition
            | At::AtAddIdentity
            | At::AtSetIdentity
            | At::AtDropIdentity
    )
}
