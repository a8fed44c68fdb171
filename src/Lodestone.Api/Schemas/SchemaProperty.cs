using System.Text;

namespace Lodestone.Api.Schemas;

/// <summary>A member of an object.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Schema">What its value may be.</param>
/// <param name="Description">What it means, for <c>kubectl explain</c>.</param>
public sealed record SchemaProperty(string Name, Schema Schema, string Description)
{
    /// <summary>Whether the server derives it where a writer leaves it out, so that it is always there and yet not asked for.</summary>
    public bool IsDerived { get; init; }

    /// <summary>Whether a writer may leave it out all the same, as IronCore's servers let him: <c>required</c> is then for readers.</summary>
    public bool IsLenient { get; init; }

    /// <summary><see cref="Name"/> in UTF-8.</summary>
    internal byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);
}
