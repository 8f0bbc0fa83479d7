import fc from 'fast-check';

const ALPHABETS = [
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäößéñİıøﬁ',
  'абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗІӏѕјԁһ',
  'αβγδεζηθικλμνξοπρσςτυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέϊΐ',
  'աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ',
  '小明田中太郎王李张伟abcXYZ',
  'あいうえおアイウエオカガニハロータ一二八口',
  '김이박최정강조윤장임',
  'שלוםאבגדהוזחטיכלמן',
  'محمدعليأحمدسارة',
  'กขคงจฉชซ',
];

const joint = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('.', '_', '-', '+', '0', '1', '7') },
);

/** Names in one script each, with what may stand between letters. */
export const username: fc.Arbitrary<string> = fc
  .constantFrom(...ALPHABETS)
  .chain((alphabet) =>
    fc
      .tuple(
        fc.array(fc.tuple(fc.constantFrom(...alphabet), joint), { minLength: 3, maxLength: 25 }),
        fc.constantFrom(...alphabet),
      )
      .map(([inner, last]) => inner.flat().join('') + last),
  );
