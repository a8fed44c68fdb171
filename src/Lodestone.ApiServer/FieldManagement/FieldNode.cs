namespace Lodestone.ApiServer.FieldManagement;

/// <summary>A child in a <see cref="FieldSet"/>.</summary>
/// <param name="Element">The step to it.</param>
/// <param name="IsMember">Whether the field itself is in the set.</param>
/// <param name="Children">What is in the set below the field.</param>
internal readonly record struct FieldNode(PathElement Element, bool IsMember, FieldSet Children)
{
    /// <summary>Whether nothing here is in the set.</summary>
    public bool IsEmpty => !IsMember && Children.IsEmpty;
}
