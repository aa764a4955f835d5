//! The walk over statements that define things: schema, privileges, roles, the cluster. All are at
//! least `admin`; what drops or loses data is `destructive`.

use countersign_model::StatementClass;
use pg_query::protobuf::{
    CommentStmt, Constraint, CreateFunctionStmt, CreateSchemaStmt, CreateStmt, CreateTrigStmt,
    DropStmt, GrantStmt, IndexStmt, ObjectType, RangeVar, RuleStmt, ViewStmt,
};
use pg_query::{Node, NodeEnum};

use super::facts::TableId;
use super::scope::{Relation, Scope, string};
use super::walker::{Mode, Walker};

impl<'a> Walker<'a> {
    /// Walks a statement that defines, changes or drops something.
    pub(super) fn definition(&mut self, statement: &'a NodeEnum) {
        match statement {
            NodeEnum::CreateStmt(s) => self.create_table(s),
            NodeEnum::CreateForeignTableStmt(s) => {
                self.facts.operation("create_foreign_table");
                match &s.base_stmt {
                    Some(base) => self.create_table(base),
                    None => self.unknown(),
                }
            }
            NodeEnum::AlterTableStmt(s) => self.alter_table(s),
            NodeEnum::IndexStmt(index) => self.create_index(index),
            NodeEnum::ViewStmt(view) => self.create_view(view),
            NodeEnum::RuleStmt(rule) => self.create_rule(rule),
            NodeEnum::CreateTrigStmt(trigger) => self.create_trigger(trigger),
            NodeEnum::CreatePolicyStmt(s) => {
                self.admin("create_policy");
                self.on_table(s.table.as_ref(), |walker| {
                    walker.stored(s.qual.as_deref());
                    walker.stored(s.with_check.as_deref());
                });
            }
            NodeEnum::AlterPolicyStmt(s) => {
                self.admin("alter_policy");
                self.on_table(s.table.as_ref(), |walker| {
                    walker.stored(s.qual.as_deref());
                    walker.stored(s.with_check.as_deref());
                });
            }
            NodeEnum::CreateFunctionStmt(function) => self.create_function(function),
            NodeEnum::CreateSchemaStmt(schema) => self.create_schema(schema),
            NodeEnum::CreateDomainStmt(s) => {
                self.admin("create_domain");
                self.constraints(&s.constraints);
            }
            NodeEnum::AlterDomainStmt(s) => {
                self.admin("alter_domain");
                if s.subtype == "X" {
                    self.facts.at_least(StatementClass::Destructive);
                }
                self.constraint_or_expression(s.def.as_deref());
            }
            NodeEnum::CreateStatsStmt(s) => {
                self.admin("create_statistics");
                self.writes_all(&s.relations);
            }
            NodeEnum::CreatePublicationStmt(s) => {
                self.admin("create_publication");
                self.publication(&s.pubobjects);
            }
            NodeEnum::AlterPublicationStmt(s) => {
                self.admin("alter_publication");
                self.publication(&s.pubobjects);
            }
            NodeEnum::GrantStmt(grant) => self.grant(grant),
            NodeEnum::CommentStmt(comment) => self.comment(comment),
            NodeEnum::SecLabelStmt(s) => {
                self.admin("security_label");
                self.object_table(s.objtype, s.object.as_deref());
            }
            NodeEnum::DropStmt(drop) => self.drop(drop),
            NodeEnum::TruncateStmt(s) => {
                self.plain("truncate", StatementClass::Destructive);
                self.writes_all(&s.relations);
            }
            NodeEnum::RenameStmt(s) => {
                self.admin("rename");
                self.altered(s.rename_type, s.relation.as_ref());
            }
            NodeEnum::AlterObjectSchemaStmt(s) => {
                self.admin("set_schema");
                self.altered(s.object_type, s.relation.as_ref());
            }
            NodeEnum::AlterOwnerStmt(s) => {
                self.admin("change_owner");
                self.altered(s.object_type, s.relation.as_ref());
            }
            NodeEnum::AlterObjectDependsStmt(s) => {
                self.admin("alter_depends");
                self.altered(s.object_type, s.relation.as_ref());
            }
            other => self.simple_definition(other),
        }
    }

    /// Statements whose facts are their kind alone.
    fn simple_definition(&mut self, statement: &'a NodeEnum) {
        let dropped = match statement {
            NodeEnum::DropOwnedStmt(_) => "drop_owned",
            NodeEnum::DropRoleStmt(_) => "drop_role",
            NodeEnum::DropdbStmt(_) => "drop_database",
            NodeEnum::DropTableSpaceStmt(_) => "drop_tablespace",
            NodeEnum::DropSubscriptionStmt(_) => "drop_subscription",
            NodeEnum::DropUserMappingStmt(_) => "drop_user_mapping",
            _ => "",
        };
        if !dropped.is_empty() {
            return self.plain(dropped, StatementClass::Destructive);
        }
        let operation = match statement {
            NodeEnum::GrantRoleStmt(s) if s.is_grant => "grant",
            NodeEnum::GrantRoleStmt(_) => "revoke",
            NodeEnum::AlterDefaultPrivilegesStmt(_) => "alter_default_privileges",
            NodeEnum::CreateRoleStmt(_) => "create_role",
            NodeEnum::AlterRoleStmt(_) | NodeEnum::AlterRoleSetStmt(_) => "alter_role",
            NodeEnum::ReassignOwnedStmt(_) => "reassign_owned",
            NodeEnum::CreatedbStmt(_) => "create_database",
            NodeEnum::AlterDatabaseStmt(_)
            | NodeEnum::AlterDatabaseSetStmt(_)
            | NodeEnum::AlterDatabaseRefreshCollStmt(_) => "alter_database",
            NodeEnum::AlterSystemStmt(_) => "alter_system",
            NodeEnum::CreateTableSpaceStmt(_) => "create_tablespace",
            NodeEnum::AlterTableSpaceOptionsStmt(_) | NodeEnum::AlterTableMoveAllStmt(_) => {
                "alter_tablespace"
            }
            NodeEnum::CreateExtensionStmt(_) => "create_extension",
            NodeEnum::AlterExtensionStmt(_) | NodeEnum::AlterExtensionContentsStmt(_) => {
                "alter_extension"
            }
            NodeEnum::CreateFdwStmt(_) => "create_foreign_data_wrapper",
            NodeEnum::AlterFdwStmt(_) => "alter_foreign_data_wrapper",
            NodeEnum::CreateForeignServerStmt(_) => "create_server",
            NodeEnum::AlterForeignServerStmt(_) => "alter_server",
            NodeEnum::CreateUserMappingStmt(_) => "create_user_mapping",
            NodeEnum::AlterUserMappingStmt(_) => "alter_user_mapping",
            NodeEnum::ImportForeignSchemaStmt(_) => "import_foreign_schema",
            NodeEnum::CreateSubscriptionStmt(_) => "create_subscription",
            NodeEnum::AlterSubscriptionStmt(_) => "alter_subscription",
            NodeEnum::CreateSeqStmt(_) => "create_sequence",
            NodeEnum::AlterSeqStmt(_) => "alter_sequence",
            NodeEnum::CreateEventTrigStmt(_) => "create_event_trigger",
            NodeEnum::AlterEventTrigStmt(_) => "alter_event_trigger",
            NodeEnum::CreatePlangStmt(_) => "create_language",
            NodeEnum::AlterFunctionStmt(_) => "alter_function",
            NodeEnum::DefineStmt(_) => "create_object",
            NodeEnum::CompositeTypeStmt(_)
            | NodeEnum::CreateEnumStmt(_)
            | NodeEnum::CreateRangeStmt(_) => "create_type",
            NodeEnum::AlterEnumStmt(_) | NodeEnum::AlterTypeStmt(_) => "alter_type",
            NodeEnum::AlterCollationStmt(_) => "alter_collation",
            NodeEnum::AlterStatsStmt(_) => "alter_statistics",
            NodeEnum::CreateAmStmt(_) => "create_access_method",
            NodeEnum::CreateOpClassStmt(_) | NodeEnum::CreateOpFamilyStmt(_) => {
                "create_operator_class"
            }
            NodeEnum::AlterOpFamilyStmt(_) | NodeEnum::AlterOperatorStmt(_) => "alter_operator",
            NodeEnum::CreateConversionStmt(_) => "create_conversion",
            NodeEnum::CreateCastStmt(_) => "create_cast",
            NodeEnum::CreateTransformStmt(_) => "create_transform",
            NodeEnum::AlterTsdictionaryStmt(_) | NodeEnum::AlterTsconfigurationStmt(_) => {
                "alter_text_search"
            }
            _ => return self.unknown(),
        };
        self.admin(operation);
    }

    pub(super) fn admin(&mut self, operation: &'static str) {
        self.plain(operation, StatementClass::Admin);
    }

    pub(super) fn writes_relation(&mut self, relation: Option<&'a RangeVar>) {
        if let Some(range) = relation {
            let table = self.facts.table(range);
            self.facts.writes(table);
        }
    }

    pub(super) fn reads_relation(&mut self, relation: Option<&'a RangeVar>) {
        if let Some(range) = relation {
            let table = self.facts.table(range);
            self.facts.reads(table);
        }
    }

    pub(super) fn writes_all(&mut self, relations: &'a [Node]) {
        for node in relations {
            match node.node.as_ref() {
                Some(NodeEnum::RangeVar(range)) => self.writes_relation(Some(range)),
                _ => self.unknown(),
            }
        }
    }

    /// Records a table as written, and walks what is said of it with its columns in sight.
    pub(super) fn on_table(
        &mut self,
        relation: Option<&'a RangeVar>,
        walk: impl FnOnce(&mut Self),
    ) {
        self.writes_relation(relation);
        let mut scope = Scope::default();
        if let Some(range) = relation {
            let table = self.facts.table(range);
            scope.relations.push(Relation::table(table, &range.relname));
            for name in ["old", "new"] {
                let mut row = Relation::table(table, name);
                row.unqualified = false;
                scope.relations.push(row);
            }
        }
        self.scopes.push(scope);
        walk(self);
        self.scopes.pop();
    }

    /// Walks an expression that runs some other time.
    pub(super) fn stored(&mut self, node: Option<&'a Node>) {
        let mode = std::mem::replace(&mut self.mode, Mode::Stored);
        let mark = self.sources.len();
        self.optional(node);
        self.sources.truncate(mark);
        self.mode = mode;
    }

    fn create_table(&mut self, s: &'a CreateStmt) {
        self.admin("create_table");
        self.on_table(s.relation.as_ref(), |walker| {
            for node in &s.inh_relations {
                if let Some(NodeEnum::RangeVar(range)) = node.node.as_ref() {
                    walker.reads_relation(Some(range));
                }
            }
            walker.table_elements(&s.table_elts);
            walker.constraints(&s.constraints);
            walker.constraints(&s.nnconstraints);
            if let Some(bound) = &s.partbound {
                walker.partition_bound(bound);
            }
            if let Some(spec) = &s.partspec {
                walker.partition_elements(&spec.part_params);
            }
            walker.discard_options(&s.options);
        });
    }

    fn create_index(&mut self, index: &'a IndexStmt) {
        self.admin("create_index");
        self.on_table(index.relation.as_ref(), |walker| {
            for node in index
                .index_params
                .iter()
                .chain(&index.index_including_params)
            {
                walker.index_element(node);
            }
            walker.filter(index.where_clause.as_deref());
            walker.discard_options(&index.options);
        });
    }

    /// Walks an element of an index: a column or an expression.
    pub(super) fn index_element(&mut self, node: &'a Node) {
        match node.node.as_ref() {
            Some(NodeEnum::IndexElem(element)) => {
                let mark = self.sources.len();
                self.optional(element.expr.as_deref());
                self.sources.truncate(mark);
            }
            _ => self.unknown(),
        }
    }

    fn create_view(&mut self, view: &'a ViewStmt) {
        self.admin("create_view");
        self.writes_relation(view.view.as_ref());
        self.stored_statement(view.query.as_deref());
    }

    /// Walks a statement that is stored: its tables and functions count, its effects do not.
    fn stored_statement(&mut self, node: Option<&'a Node>) {
        let mode = std::mem::replace(&mut self.mode, Mode::Stored);
        match node.map(|node| (node, node.node.as_ref())) {
            Some((_, Some(NodeEnum::ReturnStmt(s)))) => self.stored(s.returnval.as_deref()),
            Some((_, Some(NodeEnum::List(list)))) => {
                for item in &list.items {
                    self.stored_statement(Some(item));
                }
            }
            Some((_, Some(NodeEnum::NotifyStmt(_)))) => self.facts.operation("notify"),
            Some((node, Some(_))) => {
                self.query(node, None);
            }
            // NULL stands for a statement without effect: DO INSTEAD NOTHING.
            Some((_, None)) | None => {}
        }
        self.mode = mode;
    }

    fn create_rule(&mut self, rule: &'a RuleStmt) {
        self.admin("create_rule");
        self.on_table(rule.relation.as_ref(), |walker| {
            walker.stored(rule.where_clause.as_deref());
            for action in &rule.actions {
                walker.stored_statement(Some(action));
            }
        });
    }

    fn create_trigger(&mut self, trigger: &'a CreateTrigStmt) {
        self.admin("create_trigger");
        self.reads_relation(trigger.constrrel.as_ref());
        self.on_table(trigger.relation.as_ref(), |walker| {
            walker.stored(trigger.when_clause.as_deref());
        });
    }

    fn create_function(&mut self, function: &'a CreateFunctionStmt) {
        self.admin("create_function");
        self.scopes.push(Scope::default());
        for node in &function.parameters {
            match node.node.as_ref() {
                Some(NodeEnum::FunctionParameter(p)) => self.stored(p.defexpr.as_deref()),
                _ => self.unknown(),
            }
        }
        self.stored_statement(function.sql_body.as_deref());
        self.scopes.pop();
    }

    fn create_schema(&mut self, schema: &'a CreateSchemaStmt) {
        self.admin("create_schema");
        for node in &schema.schema_elts {
            match node.node.as_ref() {
                Some(element) => self.definition(element),
                None => self.unknown(),
            }
        }
    }

    fn publication(&mut self, objects: &'a [Node]) {
        for node in objects {
            let Some(NodeEnum::PublicationObjSpec(object)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            if let Some(table) = &object.pubtable {
                self.reads_relation(table.relation.as_ref());
                self.scopes.push(Scope::default());
                self.stored(table.where_clause.as_deref());
                self.scopes.pop();
            }
        }
    }

    fn grant(&mut self, grant: &'a GrantStmt) {
        self.admin(if grant.is_grant { "grant" } else { "revoke" });
        for node in &grant.objects {
            if let Some(NodeEnum::RangeVar(range)) = node.node.as_ref()
                && is_table(grant.objtype)
            {
                self.writes_relation(Some(range));
            }
        }
    }

    fn comment(&mut self, comment: &'a CommentStmt) {
        self.admin("comment");
        self.object_table(comment.objtype, comment.object.as_deref());
    }

    fn drop(&mut self, drop: &'a DropStmt) {
        let operation = match ObjectType::try_from(drop.remove_type) {
            Ok(ObjectType::ObjectTable) => "drop_table",
            Ok(ObjectType::ObjectForeignTable) => "drop_foreign_table",
            Ok(ObjectType::ObjectView) => "drop_view",
            Ok(ObjectType::ObjectMatview) => "drop_materialized_view",
            Ok(ObjectType::ObjectSchema) => "drop_schema",
            Ok(ObjectType::ObjectIndex) => "drop_index",
            Ok(ObjectType::ObjectSequence) => "drop_sequence",
            Ok(ObjectType::ObjectFunction | ObjectType::ObjectProcedure)
            | Ok(ObjectType::ObjectRoutine | ObjectType::ObjectAggregate) => "drop_function",
            Ok(ObjectType::ObjectTrigger) => "drop_trigger",
            Ok(ObjectType::ObjectPolicy) => "drop_policy",
            Ok(ObjectType::ObjectType | ObjectType::ObjectDomain) => "drop_type",
            Ok(ObjectType::ObjectExtension) => "drop_extension",
            _ => "drop_object",
        };
        self.plain(operation, StatementClass::Destructive);
        for object in &drop.objects {
            self.object_table(drop.remove_type, Some(object));
        }
    }

    /// Records the table that an object, given by its name's parts, is or belongs to.
    fn object_table(&mut self, kind: i32, object: Option<&'a Node>) {
        let Some(NodeEnum::List(list)) = object.and_then(|node| node.node.as_ref()) else {
            return;
        };
        let parts: Vec<&str> = list.items.iter().filter_map(string).collect();
        let belongs = matches!(
            ObjectType::try_from(kind),
            Ok(ObjectType::ObjectColumn | ObjectType::ObjectTabconstraint)
                | Ok(ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule)
        );
        let table: Option<TableId> = if is_table(kind) {
            Some(self.facts.table_parts(&parts))
        } else if belongs {
            parts
                .split_last()
                .filter(|(_, table)| !table.is_empty())
                .map(|(_, table)| self.facts.table_parts(table))
        } else {
            None
        };
        if let Some(table) = table {
            self.facts.writes(table);
        }
    }

    /// Records the table that a statement of the ALTER family changes.
    fn altered(&mut self, kind: i32, relation: Option<&'a RangeVar>) {
        let of_table = matches!(
            ObjectType::try_from(kind),
            Ok(ObjectType::ObjectColumn | ObjectType::ObjectTabconstraint)
                | Ok(ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule)
        );
        if of_table || is_table(kind) {
            self.writes_relation(relation);
        }
    }

    /// Walks constraints of a table or a domain.
    pub(super) fn constraints(&mut self, nodes: &'a [Node]) {
        for node in nodes {
            match node.node.as_ref() {
                Some(NodeEnum::Constraint(constraint)) => self.constraint(constraint),
                _ => self.unknown(),
            }
        }
    }

    pub(super) fn constraint(&mut self, constraint: &'a Constraint) {
        self.stored(constraint.raw_expr.as_deref());
        self.stored(constraint.where_clause.as_deref());
        self.reads_relation(constraint.pktable.as_ref());
        self.discard_options(&constraint.options);
        for node in &constraint.exclusions {
            // Each is a list of an index element and an operator's name.
            if let Some(NodeEnum::List(pair)) = node.node.as_ref()
                && let [element, operator] = pair.items.as_slice()
            {
                self.index_element(element);
                if let Some(NodeEnum::List(name)) = operator.node.as_ref() {
                    self.operator(&name.items);
                }
            }
        }
    }
}

/// Whether objects of this kind have rows that a query reads by name.
pub(super) fn is_table(kind: i32) -> bool {
    matches!(
        ObjectType::try_from(kind),
        Ok(ObjectType::ObjectTable | ObjectType::ObjectView)
            | Ok(ObjectType::ObjectMatview | ObjectType::ObjectForeignTable)
    )
}
