using Lodestone.Api.Schemas;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Fits a stored set to a schema that has changed since (structured-merge-diff's ReconcileFieldSetWithSchema; facts 2.3).</summary>
internal static class SchemaReconciler
{
    /// <summary>
    /// Who owned something in a list or map that is atomic now owns all of it. A list or map that was atomic and is granular now needs nothing:
    /// whoever owned it goes on owning the field, and what is below belongs to whoever sets it next.
    /// </summary>
    public static FieldSet Reconcile(FieldSet fields, Schema schema)
    {
        FieldNode[]? changed = null;
        for (int i = 0; i < fields.Nodes.Length; i++)
        {
            FieldNode node = fields.Nodes[i];
            FieldNode fitted = Fit(node, schema);
            if (fitted.IsMember != node.IsMember || !ReferenceEquals(fitted.Children, node.Children))
            {
                changed ??= fields.Nodes.ToArray();
                changed[i] = fitted;
            }
        }

        return changed is null ? fields : FieldSet.FromNodes(changed);
    }

    private static FieldNode Fit(FieldNode node, Schema parent)
    {
        Schema schema = SchemaShape.Child(parent, node.Element);
        if (node.Children.IsEmpty || schema.Type == SchemaType.Any)
        {
            return node;
        }

        return SchemaShape.Of(schema, default) is FieldShape.AtomicList or FieldShape.AtomicMap
            ? new FieldNode(node.Element, true, FieldSet.Empty)
            : node with { Children = Reconcile(node.Children, schema) };
    }
}
