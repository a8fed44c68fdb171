namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Who set fields, and how: what makes two entries one (facts 2.1).</summary>
/// <param name="Name">The manager's name.</param>
/// <param name="Operation">How.</param>
/// <param name="ApiVersion">The version written in; null for <see cref="ManagerOperation.Apply"/>, where it doesn't tell managers apart.</param>
/// <param name="Subresource">The subresource written through; empty for the object itself.</param>
internal readonly record struct ManagerId(string Name, ManagerOperation Operation, string? ApiVersion, string Subresource)
{
    /// <summary>Somebody who applies.</summary>
    public static ManagerId Applier(string name, string subresource) => new(name, ManagerOperation.Apply, null, subresource);

    /// <summary>Somebody who writes in another way.</summary>
    public static ManagerId Updater(string name, string apiVersion, string subresource) => new(name, ManagerOperation.Update, apiVersion, subresource);

    /// <summary>As conflicts name it.</summary>
    public override string ToString()
    {
        string name = $"\"{Name}\"";
        string through = Subresource.Length == 0 ? name : $"{name} with subresource \"{Subresource}\"";
        return Operation == ManagerOperation.Update ? $"{through} using {ApiVersion}" : through;
    }
}
